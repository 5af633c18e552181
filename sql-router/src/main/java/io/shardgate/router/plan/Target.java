package io.shardgate.router.plan;

import io.shardgate.directory.Group;
import io.shardgate.directory.TableName;
import java.util.List;

/// The shards that a forwarded statement may go to.
public sealed interface Target {
  /// The home shard, always.
  record Home() implements Target {}

  /// Any shard, one that the transaction already uses first: only reference tables are read.
  record AnyShard() implements Target {}

  /// The shard that owns the keys of one sharded relation.
  ///
  /// @param writesKey whether the keys are those of new rows: NULL is then an error instead of no row
  record ByKey(TableName table, Group group, KeySet keys, boolean writesKey) implements Target {}

  /// The one shard on which all of these meet.
  ///
  /// @param withHome whether a home table is among the relations: the meeting place must be the home shard
  record Meeting(List<ByKey> relations, boolean withHome) implements Target {
    public Meeting {
      relations = List.copyOf(relations);
    }
  }
}
