package io.shardgate.router.analyze;

import io.shardgate.directory.Group;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;

/// What a relation is to the router.
public sealed interface Standing {
  /// Its rows live on the shard that owns their key. A partition or child of a sharded table is one too.
  record Sharded(TableName table, Group group, String keyColumn, Relation relation) implements Standing {
    /// The key column, which the relation is known to have.
    public Column key() {
      return relation.column(keyColumn).orElseThrow();
    }
  }

  /// On every shard, alike.
  record Reference(TableName table, Relation relation) implements Standing {}

  /// On the home shard; nothing sharded can be reached through it.
  record Home(TableName table) implements Standing {}

  /// A view that reads sharded or reference tables: counts as what it reads.
  record Expanded(TableName table, Relation view) implements Standing {}

  /// Declared in the topology, not in the catalog.
  record Absent(TableName table) implements Standing {}

  /// It can't be used as it is.
  ///
  /// @param what the names for the refusal's message
  record Barred(TableName table, Refusal refusal, String what) implements Standing {}
}
