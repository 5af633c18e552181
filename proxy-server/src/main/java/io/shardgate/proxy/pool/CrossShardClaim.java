package io.shardgate.proxy.pool;

import io.shardgate.directory.ShardId;
import java.util.Set;

/// Says that the asking transaction holds, or will hold, connections of several shards, so that its wait may be a part of a deadlock.
/// Immutable.
///
/// @param transaction a number that is greater the later a transaction began; the greatest of a deadlock is ended
/// @param holds the shards it holds a connection of; none only when it is admitted
/// @param admitted whether it has a ticket of [CrossShardTickets], and so may use the places set apart
public record CrossShardClaim(long transaction, Set<ShardId> holds, boolean admitted) {
  public CrossShardClaim {
    holds = Set.copyOf(holds);
    if (holds.isEmpty() && !admitted) {
      throw new IllegalArgumentException("holds: none (expected: at least one shard)");
    }
  }

  public CrossShardClaim(long transaction, Set<ShardId> holds) {
    this(transaction, holds, false);
  }
}
