package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.grammar.tree.PgArray;
import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgOperator;
import io.shardgate.router.grammar.tree.PgQuantified;
import io.shardgate.router.grammar.tree.PgTrees;
import io.shardgate.router.grammar.tree.SqlParameter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// Finds the conditions of a WHERE that speak of one table's columns only, and say the same on every shard: the table's shard can leave out rows that
/// don't meet them, while the query itself still asks for them.
/// Immutable.
final class OwnConditions {
  private static final Set<String> OF_SERVER = Set.of("current_setting", "version", "format_type", "row_security_active", "current_database", "current_catalog");

  private final Planning planning;
  private final Scope scope;
  private final Set<Source> certain;

  /// @param certain the items of FROM whose rows no outer join replaces by NULLs
  OwnConditions(Planning planning, Scope scope, Set<Source> certain) {
    this.planning = planning;
    this.scope = scope;
    this.certain = certain;
  }

  /// Notes them at their tables' places.
  void note(@Nullable SqlNode condition) {
    if (condition == null || !planning.places().isUsers() || !planning.reach().hasPlainEquality() || !planning.reach().hasPlainOrder()) {
      return; // a user's operator may be another thing on each call
    }
    if (condition.getKind() == SqlKind.AND) {
      ((SqlCall) condition).getOperandList().forEach(this::note);
      return;
    }
    Owner owner = new Owner();
    if (owner.owns(condition) && owner.source != null && certain.contains(owner.source)) {
      planning.reached().references().condition(owner.source, condition);
    }
  }

  /// How many conditions are joined by AND; 0 without one.
  int count(@Nullable SqlNode condition) {
    if (condition == null) {
      return 0;
    }
    return condition.getKind() == SqlKind.AND ? ((SqlCall) condition).getOperandList().stream().mapToInt(this::count).sum() : 1;
  }

  /// Whether an expression speaks of no columns but that table's, and says the same on every shard.
  boolean speaksOf(Source table, @Nullable SqlNode expression) {
    Owner owner = new Owner();
    return owner.owns(expression) && (owner.source == null || owner.source == table);
  }

  /// Whose columns an expression speaks of. Not thread-safe; owned by the reading of one condition.
  private final class Owner {
    private @Nullable Source source;

    /// Whether they are one table's, and nothing else is in it that could be another value elsewhere.
    boolean owns(@Nullable SqlNode node) {
      return switch (node) {
        case null -> true;
        case SqlLiteral _, SqlParameter _ -> true;
        case SqlIdentifier name -> !name.isStar() && isColumn(name.names);
        case SqlNodeList list -> list.stream().allMatch(this::owns);
        case SqlNode query when PgTrees.isQuery(query) -> false;
        case PgCast cast -> !namesObjects(cast) && owns(cast.operand());
        case PgFunctionCall call -> isSame(call) && call.arguments().stream().allMatch(this::owns);
        case SqlCall call when isPlain(call) -> call.getOperandList().stream().allMatch(this::owns);
        default -> false;
      };
    }

    private boolean isColumn(List<String> names) {
      Optional<Var> column = scope.resolve(names);
      if (column.isEmpty() || (source != null && source != column.get().source())) {
        return false;
      }
      source = column.get().source();
      return true;
    }
  }

  /// A function of PostgreSQL's own whose value depends on its arguments, and at most on settings.
  private boolean isSame(PgFunctionCall call) {
    List<String> names = call.name().names;
    boolean system = names.size() == 1 || names.get(names.size() - 2).equals("pg_catalog");
    boolean users = !planning.view().catalog().functions(names.getLast()).isEmpty();
    boolean plain = call.over() == null && call.filter() == null && call.withinGroup() == null && call.orderBy() == null && !call.star();
    return system && !users && plain && !BuiltinFunctions.differsBetweenShards(names.getLast()) && !isOfServer(names.getLast());
  }

  /// Whether a function tells something of the server, or of its catalog, which another may have otherwise.
  static boolean isOfServer(String function) {
    return function.startsWith("pg_") || function.startsWith("has_") || function.startsWith("to_reg") || function.endsWith("_description")
        || OF_SERVER.contains(function);
  }

  /// The numbers of objects are each server's own: `'orders'::regclass`.
  private static boolean namesObjects(PgCast cast) {
    return cast.type().name().names.getLast().startsWith("reg");
  }

  /// Operators and the like; `t.f` behind a value may be a call.
  static boolean isPlain(SqlCall call) {
    return switch (call.getKind()) {
      case AND, OR, NOT, EQUALS, NOT_EQUALS, LESS_THAN, LESS_THAN_OR_EQUAL, GREATER_THAN, GREATER_THAN_OR_EQUAL, BETWEEN, IN, NOT_IN, LIKE, IS_NULL,
          IS_NOT_NULL, IS_TRUE, IS_NOT_TRUE, IS_FALSE, IS_NOT_FALSE, IS_DISTINCT_FROM, IS_NOT_DISTINCT_FROM, PLUS, MINUS, TIMES, DIVIDE, MOD,
          PLUS_PREFIX, MINUS_PREFIX, CASE, COALESCE ->
          true;
      default -> call instanceof PgArray || call instanceof PgQuantified
          || call.getOperator() instanceof PgOperator;
    };
  }
}
