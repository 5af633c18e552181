package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.ShardId;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.plan.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What `EXPLAIN (ROUTE)` answers: which shards a statement goes to, and why.
public final class RouteExplanation {
  private RouteExplanation() {}

  /// One line per row of the answer.
  ///
  /// @param decision of a [Plan.Forward]; null when parameters are missing
  public static List<String> of(Plan plan, @Nullable Decision decision, RoutingView view) {
    List<String> lines = new ArrayList<>();
    switch (plan) {
      case Plan.Local _ -> lines.add("Local: the proxy answers, or keeps it for the session");
      case Plan.Forward forward -> forward(forward, decision, view, lines);
      case Plan.ParseOnHome(Plan.Refuse refuse) -> {
        lines.add("Checked by shard " + view.map().home() + ", not run");
        refuse(refuse, lines);
      }
      case Plan.SplitInsert insert -> rows("Insert, row by row", insert.destination(), insert.generated(), lines);
      case Plan.InsertSelect insert -> {
        lines.add("Query on shard " + view.map().home());
        rows("Insert of its rows, row by row", insert.destination(), insert.generated(), lines);
      }
      case Plan.CopyIn copy -> rows("Copy, row by row", copy.destination(), copy.generated(), lines);
      case Plan.CopyOut copy -> {
        lines.add("Shards " + names(copy.texts()) + ", one after the other");
        lines.add("  because \"" + copy.table() + "\" is sharded; each shard has a snapshot of its own");
      }
      case Plan.Broadcast broadcast -> {
        lines.add("Shards " + names(broadcast.texts()) + ", in one transaction");
        broadcast.lockFirst().forEach(table -> lines.add("  because \"" + table + "\" is a reference table"));
      }
      case Plan.ShardByShard each -> lines.add("Shards " + names(each.texts()) + ", one after the other, outside of a transaction");
      case Plan.Refuse refuse -> refuse(refuse, lines);
    }
    return lines;
  }

  private static void refuse(Plan.Refuse refuse, List<String> lines) {
    lines.add("Refused: " + refuse.message());
    if (refuse.hint() != null) {
      lines.add("  " + refuse.hint());
    }
  }

  private static String names(List<ShardText> texts) {
    return texts.stream().map(text -> text.shard().toString()).collect(Collectors.joining(", "));
  }

  private static void forward(Plan.Forward forward, @Nullable Decision decision, RoutingView view, List<String> lines) {
    lines.add(where(decision, view));
    switch (forward.target()) {
      case Target.Home _ ->
          lines.add(
              forward.unknownRelation() ? "  because a relation is not known: the home shard says so" : "  because it needs nothing sharded");
      case Target.AnyShard _ -> lines.add("  because it only reads reference tables");
      case Target.ByKey byKey -> lines.add("  because " + reason(byKey));
      case Target.Meeting(List<Target.ByKey> relations) -> relations.forEach(byKey -> lines.add("  because " + reason(byKey)));
    }
  }

  private static String where(@Nullable Decision decision, RoutingView view) {
    return switch (decision) {
      case null -> "One shard, told by parameters";
      case Decision.One(ShardId shard) -> "Shard " + shard;
      case Decision.AnyShard _ -> "Any shard";
      case Decision.Home _ -> "Shard " + view.map().home() + " (home)";
      case Decision.Many(var shards) -> "Shards " + shards;
      case Decision.Refused(Plan.Refuse refuse) -> "Refused: " + refuse.message();
    };
  }

  private static String reason(Target.ByKey byKey) {
    String column = byKey.group().keyColumn(byKey.table()).orElse("its shard key");
    return "\"" + byKey.table() + "\" is sharded by " + column + " (group " + byKey.group().name() + "), fixed to " + keys(byKey.keys());
  }

  private static String keys(KeySet keys) {
    return switch (keys) {
      case KeySet.One(KeySource source) -> source(source);
      case KeySet.Union(List<KeySet> sets) -> sets.stream().map(RouteExplanation::keys).collect(Collectors.joining(" or "));
      case KeySet.Intersection(List<KeySet> sets) -> sets.stream().map(RouteExplanation::keys).collect(Collectors.joining(" and "));
      case KeySet.Within(KeySource low, KeySource high, boolean highExcluded) ->
          low == null ? (highExcluded ? "below " : "at most ") + bound(high) : high == null ? "at least " + bound(low) : "from " + source(low) + " to " + source(high);
      case KeySet.Nothing() -> "no value at all";
      case KeySet.Everything() -> "any value";
    };
  }

  private static String bound(@Nullable KeySource source) {
    return source == null ? "any value" : source(source);
  }

  private static String source(KeySource source) {
    return switch (source) {
      case KeySource.Literal _ -> "a literal";
      case KeySource.Parameter(int number, int _) -> "$" + number;
      case KeySource.ParameterArray(int number, int _) -> "elements of $" + number;
      case KeySource.LiteralArray _ -> "elements of a literal";
      case KeySource.Constant(var value) -> value.type() == KeyType.TEXT ? "'" + value + "'" : value.toString();
      case KeySource.Stored(KeySource value, int _) -> source(value) + " as its column stores it";
      case KeySource.Null() -> "NULL";
    };
  }

  private static void rows(String what, RowDestination destination, List<GeneratedColumn> generated, List<String> lines) {
    lines.add(
        switch (destination) {
          case RowDestination.ByKey byKey -> what + ", by shard key (group " + byKey.group().name() + ")";
          case RowDestination.Everywhere() -> what + ", to every shard, because it is a reference table";
        });
    generated.forEach(column -> lines.add("  " + column.name() + " is made first, by the home shard: " + column.expression()));
  }
}
