package io.shardgate.proxy;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.pool.PoolException;
import io.shardgate.proxy.pool.PoolObserver;

/// Counts what happens in the pools.
///
/// Thread-safe: the meters are.
public final class PoolMeters implements PoolObserver {

  private final ProxyMetrics metrics;

  public PoolMeters(ProxyMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void onAcquired(ShardId shard, long waitedNanos) {
    if (waitedNanos > 0) { // an idle connection is at hand for nearly each statement
      metrics.shard(shard).waited(waitedNanos);
    }
  }

  @Override
  public void onRefused(ShardId shard, PoolException.Reason reason) {
    switch (reason) {
      case QUEUE_FULL, QUEUE_TIMEOUT, HOLD_AND_WAIT -> metrics.shard(shard).rejected();
      case SHARD_UNREACHABLE, LOGIN_REFUSED -> metrics.shard(shard).connectionFailed();
      case CLOSED -> {
        // The proxy is ending.
      }
    }
  }

  @Override
  public void onOpened(ShardId shard, long tookNanos) {
    metrics.shard(shard).connectionOpened();
  }

  @Override
  public void onEnded(ShardId shard) {
    metrics.shard(shard).connectionClosed();
  }
}
