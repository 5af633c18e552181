package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.TableName;
import io.shardgate.proxy.oid.ServerNames;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.ColumnDrift;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds the relations whose columns are not on every shard what they are on the home shard.
/// Immutable.
final class ColumnDrifts {

  private ColumnDrifts() {}

  /// Relations that a shard has not got at all do not count: it says so itself.
  private static Map<TableName, List<ColumnDrift>> between(ServerNames home, Map<ShardId, ServerNames> others) {
    Map<TableName, List<ColumnDrift>> drifts = new HashMap<>();
    new TreeMap<>(others)
        .forEach(
            (shard, names) -> {
              for (ServerNames.UserRelation relation : home.relations()) {
                ServerNames.@Nullable UserRelation other = names.namesake(relation);
                @Nullable String column = other == null ? null : relation.firstDifference(other);
                if (column != null) {
                  TableName table = new TableName(relation.schema(), relation.name());
                  drifts.computeIfAbsent(table, _ -> new ArrayList<>()).add(new ColumnDrift(shard, column));
                }
              }
            });
    return drifts;
  }

  /// Where some shards are read and the others are not: these are as they were known.
  static Map<TableName, List<ColumnDrift>> own(ServerNames home, Map<ShardId, ServerNames> others, Catalog known) {
    Map<TableName, List<ColumnDrift>> drifts = between(home, others);
    known
        .drifts()
        .forEach(
            (table, shards) ->
                shards.stream()
                    .filter(drift -> !others.containsKey(drift.shard()))
                    .forEach(drift -> drifts.computeIfAbsent(table, _ -> new ArrayList<>()).add(drift)));
    return drifts;
  }
}
