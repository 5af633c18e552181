package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTrees;
import io.shardgate.router.grammar.tree.SqlParameter;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Gathering.PulledColumn;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Reduction;
import io.shardgate.router.plan.Reduction.Combination;
import io.shardgate.router.lex.TokenKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
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

/// Finds how groups can be made on shards: by columns, with aggregates of which values of parts become that of the whole without loss.
///
/// What it does not know for certain to be no aggregate is taken for one that can't be done in parts.
/// Not thread-safe; owned by the planning of one statement.
final class GroupReducer {
  private static final int INT2 = 21;
  private static final int INT4 = 23;
  private static final int INT8 = 20;
  private static final int NUMERIC = 1700;
  private static final int BOOL = 16;

  /// Functions of one row's values.
  static final Set<String> OF_VALUES =
      Set.of("coalesce", "nullif", "greatest", "least", "round", "abs", "ceil", "floor", "lower", "upper", "length", "concat", "to_char", "date_trunc", "date_part", "extract", "trim", "substring");

  /// What ends a WHERE outside of parentheses: reserved words.
  private static final Set<String> BEHIND_WHERE = Set.of("group", "having", "window", "order", "limit", "offset", "fetch", "for", "union", "intersect", "except");

  private final Planning planning;
  private final Scope scope;
  private final Source source;
  private final OwnConditions own;
  private final SpelledOut texts;
  private final Set<String> groups = new HashSet<>();
  private final Set<String> aliases = new HashSet<>();
  private final List<PulledColumn> columns = new ArrayList<>();
  private final List<Reduction.Partial> partials = new ArrayList<>();
  private final List<Reduction.Call> calls = new ArrayList<>();
  private List<PulledColumn> known = List.of();

  GroupReducer(Planning planning, Scope scope, Source source, OwnConditions own, SpelledOut texts) {
    this.planning = planning;
    this.scope = scope;
    this.source = source;
    this.own = own;
    this.texts = texts;
  }

  /// The pull of groups, or the pull as it is.
  Pull reduced(PgSelect select, @Nullable PgOrderBy ordered, Pull pull) {
    known = pull.columns();
    if (!readGroups(select)) {
      return pull;
    }
    int groupCount = columns.size();
    boolean understood = reads(select.getSelectList(), false) && reads(select.getHaving(), false);
    for (SqlNode result : select.getSelectList()) {
      if (result.getKind() == SqlKind.AS) {
        aliases.add(((SqlIdentifier) ((SqlCall) result).operand(1)).getSimple());
      }
    }
    understood = understood && (ordered == null || (reads(ordered.orderList, true) && isValue(ordered.fetch) && isValue(ordered.offset)));
    if (!understood) {
      return pull;
    }
    calls.sort(Comparator.comparingInt(call -> call.tokens().first()));
    return new Pull(
        pull.name(), pull.only(), pull.table(), pull.alias(), pull.named(), pull.source(), columns, pull.conditions(),
        new Reduction.Aggregates(groupCount, partials, calls, where(texts.lexed())));
  }

  private boolean readGroups(PgSelect select) {
    SqlNodeList group = select.getGroup();
    if (group == null) {
      return true;
    }
    for (SqlNode item : group) {
      Optional<String> column = item instanceof SqlIdentifier name ? column(name) : Optional.empty();
      Optional<PulledColumn> pulled = column.flatMap(this::pulled);
      if (pulled.isEmpty()) {
        return false;
      }
      if (groups.add(column.orElseThrow())) {
        columns.add(pulled.get());
      }
    }
    return true;
  }

  private Optional<PulledColumn> pulled(String name) {
    return known.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  /// The table's column that a name means.
  private Optional<String> column(SqlIdentifier name) {
    Optional<Var> var = name.isStar() ? Optional.empty() : scope.resolve(name.names);
    List<Source.Output> outputs = source.columns();
    return outputs == null ? Optional.empty() : var.filter(found -> found.source() == source).map(found -> outputs.get(found.place()).name());
  }

  private static boolean isValue(@Nullable SqlNode node) {
    SqlNode bare = node instanceof PgCast cast ? cast.operand() : node;
    return node == null || bare instanceof SqlLiteral || bare instanceof SqlParameter;
  }

  /// Whether an expression is made of groups and aggregates only; notes the aggregates.
  private boolean reads(@Nullable SqlNode node, boolean ordering) {
    return switch (node) {
      case null -> true;
      case SqlLiteral _, SqlParameter _ -> true;
      case SqlNodeList list -> list.stream().allMatch(each -> reads(each, ordering));
      case SqlIdentifier name -> (ordering && name.names.size() == 1 && aliases.contains(name.getSimple())) || column(name).filter(groups::contains).isPresent();
      case SqlNode query when PgTrees.isQuery(query) -> false;
      case PgCast cast -> reads(cast.operand(), ordering);
      case PgFunctionCall call when isOfValues(call) -> call.arguments().stream().allMatch(each -> reads(each, ordering));
      case PgFunctionCall call -> aggregates(call);
      case SqlCall call when call.getKind() == SqlKind.AS -> reads(call.operand(0), ordering);
      case SqlCall call when call.getKind() == SqlKind.DESCENDING || call.getKind() == SqlKind.NULLS_FIRST || call.getKind() == SqlKind.NULLS_LAST ->
          reads(call.operand(0), ordering);
      case SqlCall call when OwnConditions.isPlain(call) -> call.getOperandList().stream().allMatch(each -> reads(each, ordering));
      default -> false;
    };
  }

  private boolean isOfValues(PgFunctionCall call) {
    return OF_VALUES.contains(call.name().names.getLast()) && isSystem(call) && call.over() == null;
  }

  private boolean isSystem(PgFunctionCall call) {
    List<String> names = call.name().names;
    boolean system = names.size() == 1 || names.get(names.size() - 2).equals("pg_catalog");
    return system && planning.view().catalog().functions(names.getLast()).isEmpty();
  }

  private boolean aggregates(PgFunctionCall call) {
    boolean plain = isSystem(call) && call.over() == null && !call.distinct() && !call.variadic() && call.orderBy() == null && call.withinGroup() == null;
    Optional<QuerySpan> span = plain && own.speaksOf(source, call.filter()) ? texts.span(call) : Optional.empty();
    if (span.isEmpty() || call.arguments().size() > 1 || !call.arguments().stream().allMatch(each -> own.speaksOf(source, each))) {
      return false;
    }
    return switch (call.name().names.getLast()) {
      case "count" -> add(span.get(), Combination.COUNT, INT8, "int8");
      case "bool_and", "every" -> add(span.get(), Combination.BOOL_AND, BOOL, "bool");
      case "bool_or" -> add(span.get(), Combination.BOOL_OR, BOOL, "bool");
      case "sum" -> sums(call, span.get());
      case "avg" -> averages(call, span.get());
      case "min" -> chooses(call, span.get(), Combination.MIN);
      case "max" -> chooses(call, span.get(), Combination.MAX);
      default -> false;
    };
  }

  private boolean sums(PgFunctionCall call, QuerySpan span) {
    return switch (argument(call).map(PulledColumn::typeOid).orElse(0)) {
      case INT2, INT4 -> add(span, Combination.SUM_OF_INTEGERS, INT8, "int8");
      case INT8, NUMERIC -> add(span, Combination.SUM, NUMERIC, "numeric");
      default -> false;
    };
  }

  private boolean averages(PgFunctionCall call, QuerySpan span) {
    int type = argument(call).map(PulledColumn::typeOid).orElse(0);
    boolean whole = type == INT2 || type == INT4;
    Optional<QuerySpan> argument = call.filter() != null || !(whole || type == INT8 || type == NUMERIC) ? Optional.empty() : texts.span(call.arguments().get(0));
    if (argument.isEmpty()) {
      return false;
    }
    calls.add(new Reduction.Call(span, Combination.AVERAGE, columns.size()));
    partial("pg_catalog.sum", argument.get(), whole ? INT8 : NUMERIC, plain(whole ? "int8" : "numeric"));
    partial("pg_catalog.count", argument.get(), INT8, plain("int8"));
    return true;
  }

  private boolean chooses(PgFunctionCall call, QuerySpan span, Combination combination) {
    Optional<PulledColumn> column = argument(call).filter(each -> each.carried().form() == CarriedType.Form.BINARY);
    column.ifPresent(
        each -> {
          calls.add(new Reduction.Call(span, combination, columns.size()));
          partial(null, span, each.typeOid(), each.carried());
        });
    return column.isPresent();
  }

  private Optional<PulledColumn> argument(PgFunctionCall call) {
    return call.arguments().size() == 1 && call.arguments().get(0) instanceof SqlIdentifier name ? column(name).flatMap(this::pulled) : Optional.empty();
  }

  private boolean add(QuerySpan span, Combination combination, int typeOid, String type) {
    calls.add(new Reduction.Call(span, combination, columns.size()));
    partial(null, span, typeOid, plain(type));
    return true;
  }

  private static CarriedType plain(String type) {
    return CarriedType.plain(type);
  }

  private void partial(@Nullable String function, QuerySpan tokens, int typeOid, CarriedType carried) {
    partials.add(new Reduction.Partial(function, tokens));
    columns.add(new PulledColumn("sg " + partials.size(), typeOid, carried));
  }

  /// The tokens of the query's WHERE; null without one.
  private static @Nullable QuerySpan where(Lexed lexed) {
    int depth = 0;
    int first = -1;
    for (int token = 0; token < lexed.size(); token++) {
      depth += lexed.is(token, TokenKind.OPEN) ? 1 : lexed.is(token, TokenKind.CLOSE) ? -1 : 0;
      if (depth == 0 && first < 0 && lexed.is(token, "where")) {
        first = token;
      } else if (depth == 0 && first >= 0 && lexed.is(token, TokenKind.WORD) && BEHIND_WHERE.contains(lexed.identifier(token))) {
        return new QuerySpan(first, token);
      }
    }
    return first < 0 ? null : new QuerySpan(first, lexed.size());
  }
}
