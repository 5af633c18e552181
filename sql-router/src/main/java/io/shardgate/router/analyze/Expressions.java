package io.shardgate.router.analyze;

import io.shardgate.router.Refusal;
import io.shardgate.router.catalog.Function;
import io.shardgate.router.grammar.tree.PgAliasedJoin;
import io.shardgate.router.grammar.tree.PgDelete;
import io.shardgate.router.grammar.tree.PgDerivedTable;
import io.shardgate.router.grammar.tree.PgField;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgInsert;
import io.shardgate.router.grammar.tree.PgMerge;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.PgTrees;
import io.shardgate.router.grammar.tree.PgUpdate;
import io.shardgate.router.grammar.tree.SqlParameter;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// Finds the queries and calls in the expressions of one scope. Each query becomes one block, however often it is asked for. A node of which it
/// is not known what is inside is refused.
/// Not thread-safe; owned by the planning of one statement.
final class Expressions {
  private final BlockBuilder blocks;
  private final Planning planning;
  private final Scope scope;
  private final IdentityHashMap<SqlNode, Block> known = new IdentityHashMap<>();

  Expressions(BlockBuilder blocks, Scope scope) {
    this.blocks = blocks;
    this.planning = blocks.planning();
    this.scope = scope;
  }

  Block query(SqlNode query) {
    Block block = known.get(query);
    if (block == null) {
      block = blocks.build(query, scope);
      known.put(query, block);
    }
    return block;
  }

  void walkSelect(PgSelect select, List<Block> nested) {
    walk(select.getSelectList(), nested);
    walk(select.getWhere(), nested);
    walk(select.getGroup(), nested);
    walk(select.getHaving(), nested);
    walk(select.getWindowList(), nested);
    walk(select.distinctOn(), nested);
  }

  /// Adds the queries in an expression, and refuses what it calls where that can't be answered by the shard it runs on.
  void walk(@Nullable SqlNode node, List<Block> nested) {
    switch (node) {
      case null -> {}
      case SqlNodeList list -> list.forEach(each -> walk(each, nested));
      case SqlLiteral _, SqlParameter _ -> {}
      case SqlIdentifier name -> checkAttribute(name);
      case SqlNode query when PgTrees.isQuery(query) -> nested.add(query(query));
      // They belong to FROM or stand alone: whoever builds those reads their names.
      case PgTableRef _, PgDerivedTable _, PgAliasedJoin _, SqlJoin _, PgInsert _, PgUpdate _, PgDelete _, PgMerge _ -> throw unread();
      case PgFunctionCall call -> {
        checkFunction(call);
        call.getOperandList().stream().skip(1).forEach(each -> walk(each, nested)); // the first is its own name
      }
      case PgField field -> {
        checkAttribute(field.field().names.getLast());
        walk(field.base(), nested);
      }
      case SqlCall call -> call.getOperandList().forEach(each -> walk(each, nested));
      default -> throw unread();
    }
  }

  private static RefusedException unread() {
    return new RefusedException(Refusal.UNREAD, "one of its expressions");
  }

  private void checkFunction(PgFunctionCall call) {
    if (call.syntax() == PgFunctionCall.Syntax.SQL) {
      return;
    }
    List<String> names = call.name().names;
    String schema = names.size() > 1 ? names.get(names.size() - 2) : null;
    if (!planning.reach().isPlain(schema, names.getLast())) {
      throw new RefusedException(Refusal.FUNCTION, String.join(".", names));
    }
  }

  private void checkAttribute(SqlIdentifier name) {
    if (mayBeCall(name)) {
      checkAttribute(name.names.getLast());
    }
  }

  /// PostgreSQL reads `t.f` as `f(t)` where t has no column f.
  private boolean mayBeCall(SqlIdentifier name) {
    return name.names.size() > 1 && !name.isStar() && scope.resolve(name.names).isEmpty();
  }

  private void checkAttribute(String name) {
    if (planning.view().catalog().functions(name).isEmpty()) {
      return;
    }
    if (!planning.reach().isPlain(null, name) || planning.reach().isVouchedFor(name)) {
      throw new RefusedException(Refusal.FUNCTION, name);
    }
    if (planning.reach().callsHome(name)) {
      planning.reached().addHomeCall(name);
    }
  }

  /// The first call of a function that means something of the home shard, outside of the queries in it.
  Optional<String> homeCall(@Nullable SqlNode node) {
    return switch (node) {
      case PgFunctionCall call when isHome(call.name().names.getLast()) -> Optional.of(call.name().names.getLast());
      case SqlNodeList list -> list.stream().flatMap(each -> homeCall(each).stream()).findFirst();
      case SqlCall call when !PgTrees.isQuery(call) -> call.getOperandList().stream().flatMap(each -> homeCall(each).stream()).findFirst();
      case null, default -> Optional.empty();
    };
  }

  private boolean isHome(String function) {
    boolean users = !planning.view().catalog().functions(function).isEmpty();
    return BuiltinFunctions.belongsHome(function) || (users && planning.reach().callsHome(function));
  }

  /// Whether a window function is called outside of the queries in it.
  boolean hasWindow(@Nullable SqlNode node) {
    return switch (node) {
      case null -> false;
      case PgFunctionCall function when function.over() != null -> true;
      case SqlNodeList list -> list.stream().anyMatch(this::hasWindow);
      case SqlCall call when !PgTrees.isQuery(call) -> call.getOperandList().stream().anyMatch(this::hasWindow);
      default -> false;
    };
  }

  /// Whether a function is called, which may be an aggregate, outside of the queries in it.
  boolean hasCall(@Nullable SqlNode node) {
    return switch (node) {
      case null -> false;
      case PgFunctionCall _ -> true;
      case SqlIdentifier name -> mayBeCall(name) && isAggregate(name.names.getLast());
      case PgField field -> isAggregate(field.field().names.getLast()) || hasCall(field.base());
      case SqlNodeList list -> list.stream().anyMatch(this::hasCall);
      case SqlCall call when !PgTrees.isQuery(call) -> call.getOperandList().stream().anyMatch(this::hasCall);
      default -> false;
    };
  }

  private boolean isAggregate(String name) {
    return BuiltinFunctions.isAggregateOfRows(name)
        || planning.view().catalog().functions(name).stream().map(Function::kind).anyMatch(kind -> kind == 'a');
  }
}
