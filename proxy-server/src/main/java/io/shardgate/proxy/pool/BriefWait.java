package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The wait of one who needs a connection for a moment: with everybody else first, then for the place set apart.
/// Confined to its channel's event loop: that of its buckets.
///
/// The place set apart is one for all loops and roles, and moving it from one to another costs a login; so it is the second choice.
final class BriefWait implements PendingAcquire {

  /// With all places taken: whoever waits for longer than a short statement waits for transactions.
  private static final long PATIENCE_MILLIS = 20;

  /// With a free place: well above the time of a login to a server, which is under way, unless another took that place.
  private static final long PATIENCE_WHILE_OPENING_MILLIS = 500;

  private final PoolKey key;
  private final Bucket apart;
  private final Waiter waiter;
  private PendingAcquire pending = PendingAcquire.ANSWERED;

  private BriefWait(PoolKey key, Bucket apart, Waiter waiter) {
    this.key = key;
    this.apart = apart;
    this.waiter = waiter;
  }

  static PendingAcquire begin(EventLoop loop, PoolKey key, Bucket common, Bucket apart, Waiter waiter) {
    BriefWait wait = new BriefWait(key, apart, waiter);
    wait.pending = common.acquire(key, null, waiter);
    if (wait.pending.equals(PendingAcquire.ANSWERED)) {
      return PendingAcquire.ANSWERED;
    }
    long patience = common.isFull() ? PATIENCE_MILLIS : PATIENCE_WHILE_OPENING_MILLIS;
    Future<?> _ = loop.schedule(wait::goApart, patience, TimeUnit.MILLISECONDS);
    return wait;
  }

  private void goApart() {
    if (pending.cancel()) {
      pending = apart.acquire(key, null, waiter);
    }
  }

  @Override
  public boolean cancel() {
    return pending.cancel();
  }
}
