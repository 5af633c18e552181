package io.shardgate.router.plan;

import io.shardgate.directory.Group;

/// Where new rows go.
public sealed interface RowDestination {
  /// Each to the shard that owns its key.
  ///
  /// @param keyColumn the key's place among the columns that each row has, generated ones counted last
  /// @param keyOid the key column's type
  /// @param keyTypmod the key column's `atttypmod`, by which it cuts or rounds what it keeps
  /// @param label the value by which a new key is placed
  record ByKey(Group group, int keyColumn, int keyOid, int keyTypmod, LabelSource label) implements RowDestination {}

  /// All of them to every shard: the table is a reference table.
  record Everywhere() implements RowDestination {}
}
