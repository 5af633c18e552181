package io.shardgate.proxy.pool;

import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The wait of one who may use a place set apart: with everybody else first, then for that place.
/// Confined to its channel's event loop: that of its buckets.
///
/// Places set apart are few, for all loops and roles, and moving one from a loop to another costs a login; so they are the second choice.
final class ApartWait implements PendingAcquire {

  /// With a free place: well above the time of a login to a server, which is under way, unless another took that place.
  private static final long PATIENCE_WHILE_OPENING_MILLIS = 500;

  private final LoopPools pools;
  private final ShardPool shard;
  private final Ledger setApart;
  private final PoolKey key;
  private final @Nullable CrossShardClaim claim;
  private final Waiter waiter;
  private PendingAcquire pending = PendingAcquire.ANSWERED;

  private ApartWait(LoopPools pools, ShardPool shard, Ledger setApart, PoolKey key, @Nullable CrossShardClaim claim, Waiter waiter) {
    this.pools = pools;
    this.shard = shard;
    this.setApart = setApart;
    this.key = key;
    this.claim = claim;
    this.waiter = waiter;
  }

  /// @param setApart the ledger of the places set apart
  /// @param patienceMillis for how long to wait with everybody else when all their places are taken
  static PendingAcquire begin(
      LoopPools pools, ShardPool shard, Ledger setApart, PoolKey key, @Nullable CrossShardClaim claim, long patienceMillis, Waiter waiter) {
    Bucket common = pools.bucket(shard, shard.ledger(), key);
    Bucket apart = pools.bucket(shard, setApart, key);
    if (common.acquireIdle(waiter) || apart.acquireIdle(waiter)) {
      return PendingAcquire.ANSWERED;
    }
    boolean full = common.isFull();
    if (full && patienceMillis == 0) {
      return apart.acquire(key, claim, waiter);
    }
    ApartWait wait = new ApartWait(pools, shard, setApart, key, claim, waiter);
    wait.pending = common.acquire(key, claim, waiter);
    if (wait.pending.equals(PendingAcquire.ANSWERED)) {
      return PendingAcquire.ANSWERED;
    }
    Future<?> _ =
        common.loop().schedule(wait::goApart, full ? patienceMillis : PATIENCE_WHILE_OPENING_MILLIS, TimeUnit.MILLISECONDS);
    return wait;
  }

  /// The bucket is looked up anew: one that was empty meanwhile was struck off, and what it opened would be lost to all others.
  private void goApart() {
    if (pending.cancel()) {
      pending = pools.bucket(shard, setApart, key).acquire(key, claim, waiter);
    }
  }

  @Override
  public boolean cancel() {
    return pending.cancel();
  }
}
