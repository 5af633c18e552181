package io.shardgate.proxy.pool;

import io.shardgate.directory.ShardId;

/// Is told what happens in the pools, for metrics. Called on any event loop; must not block.
public interface PoolObserver {

  PoolObserver NONE = new PoolObserver() {};

  /// An acquire was answered with a connection.
  ///
  /// @param waitedNanos 0 when one was idle on the spot
  default void onAcquired(ShardId shard, long waitedNanos) {}

  default void onRefused(ShardId shard, PoolException.Reason reason) {}

  /// A connection is logged in.
  default void onOpened(ShardId shard, long tookNanos) {}

  /// A connection that was logged in is gone.
  default void onEnded(ShardId shard) {}
}
