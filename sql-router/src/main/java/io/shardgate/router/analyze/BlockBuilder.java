package io.shardgate.router.analyze;

import io.shardgate.directory.KeyType;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.Block.Shown;
import io.shardgate.router.analyze.Source.Output;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.PgWithItem;
import io.shardgate.router.plan.KeySet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlWith;
import org.jspecify.annotations.Nullable;

/// Makes [Block]s out of the grammar's queries.
/// Not thread-safe; owned by the planning of one statement.
final class BlockBuilder {
  private final Planning planning;

  BlockBuilder(Planning planning) {
    this.planning = planning;
  }

  Planning planning() {
    return planning;
  }

  /// The block of a query, or of a data change inside WITH.
  Block build(SqlNode query, Scope outer) {
    return switch (query.getKind()) {
      case SELECT -> select((PgSelect) query, new FromBuilder(this, outer).build(((PgSelect) query).getFrom(), List.of()), outer, false);
      case ORDER_BY -> ordered((PgOrderBy) query, ((PgOrderBy) query).query, outer);
      case WITH -> with((SqlWith) query, outer, this::build);
      case UNION, INTERSECT, EXCEPT ->
          new Block.Combined(build(((SqlCall) query).operand(0), outer), build(((SqlCall) query).operand(1), outer));
      case VALUES -> values((SqlCall) query, outer);
      case EXPLICIT_TABLE -> table((PgTableRef) ((SqlCall) query).operand(0), outer);
      case INSERT, UPDATE, DELETE, MERGE -> new WriteBuilder(this).build(query, outer);
      default -> throw new RefusedException(Refusal.UNREAD, "its beginning");
    };
  }

  /// @param ordered the query, or its body: what orders and cuts a WITH sees the common tables
  private Block ordered(PgOrderBy query, SqlNode ordered, Scope outer) {
    if (ordered instanceof SqlWith with) {
      return with(with, outer, (body, scope) -> ordered(query, body, scope));
    }
    Expressions expressions;
    Block inner;
    if (ordered instanceof PgSelect select) {
      FromBuilder.Built from = new FromBuilder(this, outer).build(select.getFrom(), List.of());
      expressions = new Expressions(this, Scope.qualified(from.scope(outer)));
      // An aggregate that only orders makes its query one of aggregates too.
      inner = select(select, from, outer, query.orderList.stream().anyMatch(expressions::hasCall));
    } else {
      expressions = new Expressions(this, Scope.opaque(outer));
      inner = build(ordered, outer);
    }
    List<Block> nested = new ArrayList<>();
    query.orderList.forEach(item -> expressions.walk(item, nested));
    if (query.fetch == null && query.offset == null && query.locks().isEmpty()) {
      return new Block.Beside(inner, nested);
    }
    expressions.walk(query.fetch, nested);
    expressions.walk(query.offset, nested);
    return new Block.Cut(inner, nested, isZero(query.fetch));
  }

  /// LIMIT 0 is part of a statement's shape, as long as the lexer keeps it there.
  private boolean isZero(@Nullable SqlNode fetch) {
    return fetch instanceof SqlNumericLiteral literal && literal.toValue().equals("0") && planning.places().isShape(literal);
  }

  /// @param body makes the block of what sees the common tables
  private Block with(SqlWith with, Scope outer, BiFunction<SqlNode, Scope, Block> body) {
    Scope scope = new Scope(outer);
    List<CommonTable> tables = new ArrayList<>();
    List<Block> others = new ArrayList<>();
    for (SqlNode node : with.withList) {
      PgWithItem item = (PgWithItem) node;
      boolean recursive = item.recursive.booleanValue();
      CommonTable table =
          new CommonTable(item.name.getSimple(), names(item.columnList), names(item.searchAndCycle()), item.query, scope);
      Scope visible = recursive ? scope : new Scope(scope);
      visible.addCommonTable(table);
      scope = visible;
      tables.add(table);
      if (isWrite(item.query)) {
        Block write = build(item.query, table.scope());
        others.add(write);
        table.fix(write.columnsKnown() ? write.outputs(table.columnNames()) : null);
      }
    }
    Block inside = body.apply(with.body, scope);
    for (CommonTable table : tables) {
      if (!table.isUsed() && !isWrite(table.query())) {
        others.add(expand(table));
      }
    }
    return new Block.Beside(inside, others);
  }

  private static boolean isWrite(SqlNode query) {
    return switch (query.getKind()) {
      case INSERT, UPDATE, DELETE, MERGE -> true;
      case WITH -> isWrite(((SqlWith) query).body);
      default -> false;
    };
  }

  private static List<String> names(@Nullable SqlNodeList columns) {
    return columns == null ? List.of() : columns.stream().map(column -> ((SqlIdentifier) column).getSimple()).toList();
  }

  /// The query of a common table, once more for each reference to it.
  Block expand(CommonTable table) {
    planning.reached().count();
    table.markUsed();
    table.fix(null);
    try {
      if (table.query().getKind() == SqlKind.UNION && table.scope().commonTable(table.name()).filter(table::equals).isPresent()) {
        Block first = build(((SqlCall) table.query()).operand(0), table.scope());
        table.fix(first.columnsKnown() ? withoutFamilies(first.outputs(table.columnNames())) : null);
      }
      Block block = build(table.query(), table.scope());
      // Rows that the outside has no use for make others that it has.
      return table.refersToItself() ? new Block.Cut(block, List.of(), false) : block;
    } finally {
      table.unfix();
    }
  }

  private static List<Output> withoutFamilies(List<Output> outputs) {
    return outputs.stream().map(output -> new Output(output.name(), null, 0)).toList();
  }

  private Block values(SqlCall values, Scope outer) {
    List<Block> nested = new ArrayList<>();
    Expressions expressions = new Expressions(this, outer);
    values.getOperandList().forEach(row -> expressions.walk(row, nested));
    List<Shown> shown = new ArrayList<>();
    int columns = values.operandCount() == 0 ? 0 : ((SqlCall) values.operand(0)).operandCount();
    for (int i = 1; i <= columns; i++) {
      shown.add(new Shown("column" + i, Optional.empty()));
    }
    return new Block.Rows(shown, nested);
  }

  private Block table(PgTableRef table, Scope outer) {
    FromBuilder.Built built = new FromBuilder(this, outer).build(table, List.of());
    List<Shown> star = built.star();
    return new Block.Select(
        built.node(), List.of(), List.of(), star == null ? List.of() : star, star != null, new Block.Select.Shape(true, false));
  }

  /// @param orderedByCalls whether the ORDER BY behind it calls functions
  Block.Select select(PgSelect select, FromBuilder.Built from, Scope outer, boolean orderedByCalls) {
    Scope scope = from.scope(outer);
    Expressions expressions = new Expressions(this, scope);
    List<Block> nested = new ArrayList<>();
    Predicates predicates = new Predicates(planning.operands(), scope, expressions::query);
    List<Fact> where = new ArrayList<>(predicates.read(select.getWhere()));
    new OwnConditions(planning, scope, from.node().certain()).note(select.getWhere());
    boolean grouped = select.getGroup() != null && !select.getGroup().isEmpty();
    boolean plainGroups = !grouped || select.getGroup().stream().allMatch(BlockBuilder::isPlainGroup);
    if (grouped && plainGroups && !select.groupByDistinct()) {
      noteGroups(select.getGroup(), from, scope);
    }
    if (grouped && plainGroups) {
      where.addAll(predicates.read(select.getHaving()));
    }
    List<Shown> shown = new ArrayList<>();
    boolean known = showAll(select, from, scope, shown, where, !plainGroups);
    expressions.walkSelect(select, nested);
    boolean windows = select.getSelectList().stream().anyMatch(expressions::hasWindow);
    boolean calls = orderedByCalls || select.getSelectList().stream().anyMatch(expressions::hasCall) || select.getHaving() != null;
    boolean rowByRow = plainGroups && !windows && select.distinctOn() == null;
    boolean mayInvent = !plainGroups || (!grouped && calls);
    return new Block.Select(from.node(), where, nested, shown, known, new Block.Select.Shape(rowByRow, mayInvent));
  }

  private void noteGroups(SqlNodeList groups, FromBuilder.Built from, Scope scope) {
    Map<Source, Set<String>> columns = new HashMap<>();
    for (SqlNode item : groups) {
      Optional<Var> column = planning.operands().column(item, scope);
      column.ifPresent(var -> columns.computeIfAbsent(var.source(), _ -> new HashSet<>()).add(var.name()));
    }
    from.visible().forEach(source -> planning.reached().references().grouping(source, groups.get(groups.size() - 1), columns.getOrDefault(source, Set.of())));
  }

  private static boolean isPlainGroup(SqlNode item) {
    return switch (item.getKind()) {
      case ROLLUP, CUBE, GROUPING_SETS -> false;
      default -> !(item instanceof SqlNodeList) && !(item instanceof SqlCall call && call.operandCount() == 0);
    };
  }

  private boolean showAll(
      PgSelect select, FromBuilder.Built from, Scope scope, List<Shown> shown, List<Fact> where, boolean computed) {
    boolean known = true;
    Constants constants = new Constants();
    for (SqlNode item : select.getSelectList()) {
      if (item instanceof SqlIdentifier identifier && identifier.isStar()) {
        List<Shown> star = star(identifier, from, scope);
        known &= star != null;
        shown.addAll(star == null ? List.of() : star);
      } else {
        shown.add(constants.show(item, scope, where));
      }
    }
    if (computed) {
      shown.replaceAll(column -> new Shown(column.name(), Optional.empty()));
    }
    return known;
  }

  private static @Nullable List<Shown> star(SqlIdentifier star, FromBuilder.Built from, Scope scope) {
    if (star.names.size() == 1) {
      return from.star();
    }
    Optional<Source> source = scope.source(star.names.subList(0, star.names.size() - 1));
    return source.isEmpty() ? null : FromBuilder.columns(source.get());
  }

  /// Columns of one select list that are constants of a certain type: each counts as a column with that one value.
  private final class Constants {
    private final List<Output> outputs = new ArrayList<>();
    private final Source source = Source.of("", null, outputs);

    Shown show(SqlNode item, Scope scope, List<Fact> where) {
      String name = "";
      SqlNode expression = item;
      if (item.getKind() == SqlKind.AS) {
        expression = ((SqlCall) item).operand(0);
        name = ((SqlIdentifier) ((SqlCall) item).operand(1)).getSimple();
      } else if (item instanceof SqlIdentifier identifier) {
        name = identifier.names.getLast();
      }
      Optional<Var> column = planning.operands().column(expression, scope);
      return new Shown(name, column.isPresent() ? column : constant(expression, where));
    }

    private Optional<Var> constant(SqlNode expression, List<Fact> where) {
      if (!(expression instanceof PgCast cast)) {
        return Optional.empty();
      }
      KeyType family = Operands.family(cast.type());
      Optional<KeySet> keys = family == null ? Optional.empty() : planning.operands().keys(cast, family, 0);
      if (keys.isEmpty() || family == null) {
        return Optional.empty();
      }
      outputs.add(new Output("", family, 0));
      Var var = source.var(outputs.size() - 1);
      where.add(new Fact.Among(var, keys.get()));
      return Optional.of(var);
    }
  }
}
