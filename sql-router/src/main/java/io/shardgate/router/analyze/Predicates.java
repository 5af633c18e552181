package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.grammar.tree.PgOperator;
import io.shardgate.router.grammar.tree.PgQuantified;
import io.shardgate.router.grammar.tree.PgTrees;
import io.shardgate.router.plan.KeySet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.fun.SqlBetweenOperator;
import org.jspecify.annotations.Nullable;

/// Reads a condition as facts about the rows for which it is true. What it does not understand yields no fact.
/// Immutable.
final class Predicates {
  private final Operands operands;
  private final Scope scope;
  private final Function<SqlNode, Block> queries;

  /// @param queries gives the block of a query in the condition
  Predicates(Operands operands, Scope scope, Function<SqlNode, Block> queries) {
    this.operands = operands;
    this.scope = scope;
    this.queries = queries;
  }

  List<Fact> read(@Nullable SqlNode condition) {
    if (condition == null) {
      return List.of();
    }
    return switch (condition.getKind()) {
      case AND -> and((SqlCall) condition);
      case OR -> or((SqlCall) condition);
      case EQUALS -> equal(((SqlCall) condition).operand(0), ((SqlCall) condition).operand(1));
      case LESS_THAN -> inOrder(((SqlCall) condition).operand(0), ((SqlCall) condition).operand(1), true);
      case LESS_THAN_OR_EQUAL -> inOrder(((SqlCall) condition).operand(0), ((SqlCall) condition).operand(1), false);
      case GREATER_THAN -> inOrder(((SqlCall) condition).operand(1), ((SqlCall) condition).operand(0), true);
      case GREATER_THAN_OR_EQUAL -> inOrder(((SqlCall) condition).operand(1), ((SqlCall) condition).operand(0), false);
      case BETWEEN -> between((SqlCall) condition);
      case IN -> in(((SqlCall) condition).operand(0), ((SqlCall) condition).operand(1));
      case EXISTS -> queries.apply(((SqlCall) condition).operand(0)).guaranteed();
      case LITERAL -> literal((SqlLiteral) condition);
      case IS_TRUE -> read(((SqlCall) condition).operand(0));
      case IS_NOT_DISTINCT_FROM -> same((SqlCall) condition);
      default -> other(condition);
    };
  }

  private List<Fact> other(SqlNode condition) {
    if (condition instanceof PgQuantified quantified) {
      return any(quantified);
    }
    boolean equality =
        condition instanceof SqlCall call && call.operandCount() == 2 && call.getOperator() instanceof PgOperator operator
            && operator.symbol().equals("=") && "pg_catalog".equals(operator.schema());
    return equality ? equal(((SqlCall) condition).operand(0), ((SqlCall) condition).operand(1)) : List.of();
  }

  /// IS NOT DISTINCT FROM a value that can't be NULL is equality.
  private List<Fact> same(SqlCall call) {
    boolean certain = call.getOperandList().stream().anyMatch(operand -> operand instanceof SqlLiteral && !Operands.isNull(operand));
    return certain ? equal(call.operand(0), call.operand(1)) : List.of();
  }

  private List<Fact> and(SqlCall call) {
    List<Fact> facts = new ArrayList<>();
    for (SqlNode operand : call.getOperandList()) {
      facts.addAll(read(operand));
    }
    return facts;
  }

  private List<Fact> or(SqlCall call) {
    List<List<Fact>> branches = new ArrayList<>();
    for (SqlNode operand : call.getOperandList()) {
      List<Fact> branch = read(operand);
      if (branch.isEmpty()) {
        return List.of();
      }
      branches.add(branch);
    }
    return List.of(new Fact.Either(branches));
  }

  private static List<Fact> literal(SqlLiteral literal) {
    boolean never = literal.getValue() == null || Boolean.FALSE.equals(literal.getValue());
    return never ? List.of(new Fact.Never()) : List.of();
  }

  private List<Fact> equal(SqlNode left, SqlNode right) {
    if (!operands.plainEquality()) {
      return List.of();
    }
    if (left.getKind() == SqlKind.ROW && right.getKind() == SqlKind.ROW) {
      return equalRows((SqlCall) left, (SqlCall) right);
    }
    Optional<Var> one = operands.column(left, scope);
    Optional<Var> other = operands.column(right, scope);
    if (one.isPresent() && other.isPresent()) {
      return same(one.get(), other.get());
    }
    if (one.isPresent()) {
      return among(one.get(), right);
    }
    return other.isPresent() ? among(other.get(), left) : List.of();
  }

  private List<Fact> equalRows(SqlCall left, SqlCall right) {
    if (left.operandCount() != right.operandCount()) {
      return List.of();
    }
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < left.operandCount(); i++) {
      // A row within a row is compared as one value, in which NULL equals NULL.
      if (left.operand(i).getKind() != SqlKind.ROW && right.operand(i).getKind() != SqlKind.ROW) {
        facts.addAll(equal(left.operand(i), right.operand(i)));
      }
    }
    return facts;
  }

  private static List<Fact> same(Var left, Var right) {
    return left.family() != null && left.family() == right.family() ? List.of(new Fact.Same(left, right)) : List.of();
  }

  private List<Fact> among(Var column, SqlNode value) {
    if (column.family() == null) {
      return List.of();
    }
    return operands.keys(value, column.family(), column.typeOid()).map(keys -> among(column, keys)).orElse(List.of());
  }

  private static List<Fact> among(Var column, KeySet keys) {
    return List.of(new Fact.Among(column, keys));
  }

  /// `small <= great`, or `small < great`.
  private List<Fact> inOrder(SqlNode small, SqlNode great, boolean strictly) {
    Optional<Var> low = operands.column(small, scope);
    Optional<Var> high = operands.column(great, scope);
    if (low.isPresent() == high.isPresent()) {
      return List.of();
    }
    return low.isPresent()
        ? operands.bound(great, low.get()).map(bound -> among(low.get(), new KeySet.Within(null, bound, strictly))).orElse(List.of())
        : operands.bound(small, high.get()).map(bound -> among(high.get(), new KeySet.Within(bound, null, false))).orElse(List.of());
  }

  /// Plain BETWEEN; SYMMETRIC may turn its bounds round.
  private List<Fact> between(SqlCall call) {
    boolean plain = call.getOperator() instanceof SqlBetweenOperator operator && !operator.isNegated() && operator.flag == SqlBetweenOperator.Flag.ASYMMETRIC;
    if (!plain) {
      return List.of();
    }
    List<Fact> facts = new ArrayList<>(inOrder(call.operand(1), call.operand(0), false));
    facts.addAll(inOrder(call.operand(0), call.operand(2), false));
    return facts;
  }

  private List<Fact> in(SqlNode left, SqlNode right) {
    if (PgTrees.isQuery(right)) {
      return inQuery(left, right);
    }
    if (!(right instanceof SqlNodeList list) || !operands.plainEquality()) {
      return List.of();
    }
    Optional<Var> column = operands.column(left, scope);
    if (column.isPresent() && column.get().family() != null) {
      return operands.union(list, column.get().family(), column.get().typeOid()).map(keys -> among(column.get(), keys)).orElse(List.of());
    }
    return left.getKind() == SqlKind.ROW ? inRows(left, list) : List.of();
  }

  private List<Fact> inRows(SqlNode left, SqlNodeList rows) {
    List<List<Fact>> branches = new ArrayList<>();
    for (SqlNode row : rows) {
      List<Fact> branch = equal(left, row);
      if (branch.isEmpty()) {
        return List.of();
      }
      branches.add(branch);
    }
    return List.of(new Fact.Either(branches));
  }

  /// The row of the query that is equal exists: what holds for it holds, and only rows that are equal can matter in it.
  private List<Fact> inQuery(SqlNode left, SqlNode query) {
    Block block = queries.apply(query);
    List<Fact> facts = new ArrayList<>(block.guaranteed());
    if (operands.plainEquality() && Block.isRowByRow(block) && block.columnsKnown()) {
      List<SqlNode> operandsLeft = left.getKind() == SqlKind.ROW ? ((SqlCall) left).getOperandList() : List.of(left);
      for (int i = 0; i < Math.min(operandsLeft.size(), block.shown().size()); i++) {
        Optional<Var> column = operands.column(operandsLeft.get(i), scope);
        Optional<Var> inner = block.shown().get(i).inner();
        if (column.isPresent() && inner.isPresent()) {
          facts.addAll(same(column.get(), inner.get()));
        } else if (inner.isPresent()) {
          facts.addAll(among(inner.get(), operandsLeft.get(i)));
        }
      }
    }
    return facts;
  }

  private List<Fact> any(PgQuantified quantified) {
    if (quantified.all() || quantified.comparison().getKind() != SqlKind.EQUALS) {
      return List.of();
    }
    if (quantified.isQuery()) {
      return inQuery(quantified.left(), quantified.right());
    }
    Optional<Var> column = operands.column(quantified.left(), scope);
    if (column.isEmpty() || column.get().family() == null || !operands.plainEquality()) {
      return List.of();
    }
    Var var = column.get();
    return operands.arrayKeys(quantified.right(), column.get().family(), var.typeOid()).map(keys -> among(var, keys)).orElse(List.of());
  }
}
