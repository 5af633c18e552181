package io.shardgate.proxy.pool;

import io.shardgate.directory.ShardId;
import java.util.Set;

/// Says that the asking transaction holds connections of other shards already, so that its wait may be a part of a deadlock.
/// Immutable.
///
/// @param transaction a number that is greater the later a transaction began; the greatest of a deadlock is ended
/// @param holds the shards it holds a connection of, at least one
public record CrossShardClaim(long transaction, Set<ShardId> holds) {
  public CrossShardClaim {
    holds = Set.copyOf(holds);
    if (holds.isEmpty()) {
      throw new IllegalArgumentException("holds: none (expected: at least one shard)");
    }
  }
}
