package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One event loop's buckets, by ledger (a shard has one or two) and by role and database.
/// Confined to its channel's event loop.
final class LoopPools {

  /// How often idle and old connections are looked for.
  private static final long SWEEP_MILLIS = 500;

  private final EventLoop loop;
  private final Map<Ledger, Map<PoolKey, Bucket>> buckets = new HashMap<>();
  private volatile @Nullable Future<?> sweep;

  LoopPools(EventLoop loop) {
    this.loop = loop;
  }

  void start() {
    sweep = loop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  void stop() {
    Future<?> running = sweep;
    if (running != null) {
      running.cancel(false);
    }
  }

  /// The bucket, made when it is not there. Hot path when it is: allocates nothing.
  Bucket bucket(ShardPool shard, Ledger ledger, PoolKey key) {
    assert loop.inEventLoop() : "off the event loop";
    Map<PoolKey, Bucket> ofShard = buckets.get(ledger);
    if (ofShard == null) {
      ofShard = new HashMap<>();
      buckets.put(ledger, ofShard);
    }
    Bucket bucket = ofShard.get(key);
    if (bucket == null) {
      bucket = new Bucket(shard, ledger, loop, key);
      ofShard.put(key, bucket);
      ledger.add(bucket);
    }
    return bucket;
  }

  private void sweep() {
    for (Iterator<Map<PoolKey, Bucket>> each = buckets.values().iterator(); each.hasNext(); ) {
      Map<PoolKey, Bucket> ofShard = each.next();
      ofShard.values().removeIf(Bucket::sweep);
      if (ofShard.isEmpty()) {
        each.remove();
      }
    }
  }
}
