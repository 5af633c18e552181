package io.shardgate.router;

import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import java.util.Set;
import java.util.TreeSet;

/// A key of strategy *directory* whose owner is not known here.
///
/// @param candidates the shards on one of which it is to be placed; empty when it is only to be looked up
public record UnplacedKey(Group group, KeyValue key, Set<ShardId> candidates) {
  public UnplacedKey {
    candidates = java.util.Collections.unmodifiableSet(new TreeSet<>(candidates));
  }

  /// Its name among all keys.
  public GroupKey name() {
    return new GroupKey(group.name(), key);
  }
}
