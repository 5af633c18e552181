package io.shardgate.router.analyze;

import io.shardgate.router.RoutingView;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTableRef;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// A view whose rows are had by asking for them where its table's rows are: each shard makes them of its own rows, row by row, and all alike. Asked so, it is
/// the shard's PostgreSQL that sees to its owner's rights, to row security and to security barriers.
/// Immutable.
///
/// @param table the sharded table that it reads, perhaps through other such views; null where it reads none, and the home shard has all its rows
/// @param keyColumn the name under which it shows the table's shard key; null where it does not
record ShardwiseView(Standing.@Nullable Sharded table, @Nullable String keyColumn) {
  private static final int MAX_DEPTH = 16;

  /// Empty where that is not certain.
  static Optional<ShardwiseView> of(Relation view, RoutingView routing, Reach reach) {
    Optional<ShardwiseView> found = of(view, FromBuilder.inDefinitions(routing), reach, 0);
    return found.filter(each -> each.table == null || each.keyColumn != null || routing.map().foreign().of(each.table.group().name()).isEmpty());
  }

  private static Optional<ShardwiseView> of(Relation view, RoutingView routing, Reach reach, int depth) {
    String definition = view.definition();
    if (definition == null || depth > MAX_DEPTH) {
      return Optional.empty();
    }
    try {
      SqlNode query = PostgresParser.parse(definition);
      Reached reached = new Reached();
      BlockBuilder blocks = new BlockBuilder(new Planning(routing, reach, new Places(null, definition), reached));
      blocks.build(query, new Scope(null)).descend(List.of(), List.of(), reached);
      if (reached.sharded().isEmpty()) {
        // Its statement is another than the query's: so is the moment that this word means.
        return reached.unknown().isEmpty() && !Words.in(definition).contains("statement_timestamp") ? Optional.of(new ShardwiseView(null, null)) : Optional.empty();
      }
      boolean sure = reach.hasPlainEquality() && reach.hasPlainOrder() && !Moments.mayBeIn(definition);
      return sure && query instanceof PgSelect select && isPlain(select) && select.getFrom() instanceof PgTableRef table && !table.only() && table.sample() == null
          ? ofOneTable(view, select, table, blocks, depth)
          : Optional.empty();
    } catch (GrammarException | RefusedException _) {
      return Optional.empty();
    }
  }

  private static boolean isPlain(PgSelect select) {
    boolean grouped = (select.getGroup() != null && !select.getGroup().isEmpty()) || select.getHaving() != null || (select.getWindowList() != null && !select.getWindowList().isEmpty());
    return !grouped && !select.isDistinct() && select.distinctOn() == null && select.into() == null;
  }

  private static Optional<ShardwiseView> ofOneTable(Relation view, PgSelect select, PgTableRef table, BlockBuilder blocks, int depth) {
    Planning planning = blocks.planning();
    Relation below = planning.view().catalog().relation(FromBuilder.resolve(planning.view(), table.name().names).table()).orElse(null);
    ShardwiseView inner = below == null ? null : inner(below, planning, depth);
    if (below == null || inner == null || inner.table == null) {
      return Optional.empty();
    }
    FromBuilder.Built from = new FromBuilder(blocks, new Scope(null)).build(table, List.of());
    Source source = from.visible().getFirst();
    Scope scope = from.scope(new Scope(null));
    OwnConditions own = new OwnConditions(planning, scope, Set.of(source));
    List<SqlNode> results = select.getSelectList().stream().map(Reducer::unnamed).toList();
    boolean rowByRow = own.speaksOf(source, select.getWhere()) && isOfValues(select.getWhere()) && results.stream().allMatch(each -> own.speaksOf(source, each) && isOfValues(each));
    if (!rowByRow || results.size() != view.columns().size()) {
      return Optional.empty();
    }
    int key = below.columns().stream().map(Column::name).toList().indexOf(inner.keyColumn);
    String shown = null;
    for (int place = 0; place < results.size() && key >= 0; place++) {
      SqlNode result = results.get(place);
      if (result instanceof SqlIdentifier name && scope.resolve(name.names).filter(var -> var.place() == key).isPresent()) {
        shown = view.columns().get(place).name();
      }
    }
    return Optional.of(new ShardwiseView(inner.table, shown));
  }

  private static @Nullable ShardwiseView inner(Relation below, Planning planning, int depth) {
    return switch (planning.reach().standing(below.tableName())) {
      case Standing.Sharded sharded -> new ShardwiseView(sharded, sharded.keyColumn());
      case Standing.Expanded(var _, Relation view) -> of(view, planning.view(), planning.reach(), depth + 1).orElse(null);
      case Standing.Reference _, Standing.Home _, Standing.Absent _, Standing.Barred _ -> null;
    };
  }

  /// Whether no aggregate can be in it, nor a function that makes rows.
  private static boolean isOfValues(@Nullable SqlNode node) {
    return switch (node) {
      case null -> true;
      case PgFunctionCall call -> GroupReducer.OF_VALUES.contains(call.name().names.getLast()) && call.arguments().stream().allMatch(ShardwiseView::isOfValues);
      case SqlNodeList list -> list.stream().allMatch(ShardwiseView::isOfValues);
      case SqlCall call -> call.getOperandList().stream().allMatch(ShardwiseView::isOfValues);
      default -> true;
    };
  }
}
