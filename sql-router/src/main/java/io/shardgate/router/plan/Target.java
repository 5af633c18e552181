package io.shardgate.router.plan;

import io.shardgate.directory.Group;
import io.shardgate.directory.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The shards that a forwarded statement may go to.
public sealed interface Target {
  /// The home shard, always.
  record Home() implements Target {}

  /// Any shard, one that the transaction already uses first: only reference tables are read.
  record AnyShard() implements Target {}

  /// The shard that owns the keys of one sharded relation.
  ///
  /// @param keyOid the type of the key column
  /// @param writesKey whether the keys are those of new rows: NULL is then an error instead of no row
  /// @param assigned the value that an UPDATE gives the key column: has to be the one it has; null when it gives none
  /// @param newRows which of the keys are those of new rows; empty but for strategy *directory*
  record ByKey(
      TableName table, Group group, int keyOid, KeySet keys, boolean writesKey, @Nullable KeySource assigned, List<NewRows> newRows)
      implements Target {
    public ByKey {
      newRows = List.copyOf(newRows);
    }
  }

  /// No one shard has what it takes.
  ///
  /// @param why what the client is told where several can't do it either
  record NoShard(Plan.Refuse why) implements Target {}

  /// The one shard on which all of these meet.
  record Meeting(List<ByKey> relations) implements Target {
    public Meeting {
      relations = List.copyOf(relations);
    }
  }
}
