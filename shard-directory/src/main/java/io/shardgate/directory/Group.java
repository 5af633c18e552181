package io.shardgate.directory;

import java.util.Map;
import java.util.Optional;

/// Tables sharded alike: same key type, same map, joinable inside a shard. `tables` says which column of each is the key.
public record Group(String name, Strategy strategy, KeyType keyType, Map<TableName, String> tables) {
  public Group {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("group name: empty");
    }
    tables = Map.copyOf(tables);
  }

  /// The shard key column of a table of this group.
  public Optional<String> keyColumn(TableName table) {
    return Optional.ofNullable(tables.get(table));
  }
}
