package io.shardgate.directory;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Declared tables that are on shards already when a topology is applied, and how many rows they have there. Immutable.
///
/// @param rows by table and shard, 0 for a table without rows; one that exists nowhere has no entry. Counted up to [#COUNTED_MAX]
/// @param inUse whether clients are served by a map meanwhile: rows may come to a table that was not declared, on the home shard
public record ExistingTables(Map<TableName, Map<ShardId, Long>> rows, boolean inUse) {
  /// More rows are not counted: what matters is where there are any.
  public static final long COUNTED_MAX = 1_000_000;

  /// No table is there.
  public static final ExistingTables NONE = new ExistingTables(Map.of(), false);

  public ExistingTables {
    Map<TableName, Map<ShardId, Long>> copy = new TreeMap<>();
    rows.forEach((table, counts) -> copy.put(table, Collections.unmodifiableMap(new TreeMap<>(counts))));
    rows = Collections.unmodifiableMap(copy);
  }

  /// The shards that a table is on.
  Set<ShardId> where(TableName table) {
    return rows.getOrDefault(table, Map.of()).keySet();
  }

  /// The tables that are on a shard.
  public Set<TableName> on(ShardId shard) {
    Set<TableName> there = new TreeSet<>();
    rows.forEach((table, counts) -> {
      if (counts.containsKey(shard)) {
        there.add(table);
      }
    });
    return there;
  }

  /// The shards on which any of these tables has rows.
  Set<ShardId> holders(Collection<TableName> tables) {
    Set<ShardId> holders = new TreeSet<>();
    for (TableName table : tables) {
      rows.getOrDefault(table, Map.of()).forEach((shard, count) -> {
        if (count > 0) {
          holders.add(shard);
        }
      });
    }
    return holders;
  }

  /// `customers: 3 on s1, 4 on s2; orders: 1 on s2`, of the tables that have rows.
  String counts(Collection<TableName> tables) {
    return new TreeSet<>(tables).stream()
        .filter(table -> rows.getOrDefault(table, Map.of()).values().stream().anyMatch(count -> count > 0))
        .map(table -> table + ": " + rows.getOrDefault(table, Map.of()).entrySet().stream()
            .filter(entry -> entry.getValue() > 0)
            .map(entry -> count(entry.getValue()) + " on " + entry.getKey())
            .collect(Collectors.joining(", ")))
        .collect(Collectors.joining("; "));
  }

  private static String count(long rows) {
    return rows > COUNTED_MAX ? "more than " + COUNTED_MAX + " rows" : rows == 1 ? "1 row" : rows + " rows";
  }
}
