package io.shardgate.proxy.pool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One acquire that found nothing and waits.
/// Confined to its channel's event loop: that of its bucket.
final class Wait implements PendingAcquire {
  private final Bucket bucket;
  private final Waiter waiter;
  private final PoolKey asked;
  private final List<Credential> refused = new ArrayList<>(0);
  private Credential credential;
  private final @Nullable CrossShardClaim claim;
  private final long sinceNanos = System.nanoTime();
  private final long untilNanos;
  private boolean answered;

  Wait(Bucket bucket, Waiter waiter, PoolKey asked, Credential credential, @Nullable CrossShardClaim claim, long limitNanos) {
    this.bucket = bucket;
    this.waiter = waiter;
    this.asked = asked;
    this.credential = credential;
    this.claim = claim;
    this.untilNanos = sinceNanos + limitNanos;
  }

  Bucket bucket() {
    return bucket;
  }

  /// What to log in with.
  Credential credential() {
    return credential;
  }

  /// The server does not take the credential: the role's newest is next, then the asker's own.
  ///
  /// @return false when none is left
  boolean takesAnother(Credential newest) {
    refused.add(credential);
    for (Credential next : List.of(newest, asked.credential())) {
      if (!refused.contains(next)) {
        credential = next;
        return true;
      }
    }
    return false;
  }

  @Nullable CrossShardClaim claim() {
    return claim;
  }

  /// Whether it is one of a transaction that holds other shards' connections and has no ticket.
  boolean mayDeadlock() {
    return claim != null && !claim.admitted();
  }

  long waitedNanos() {
    return System.nanoTime() - sinceNanos;
  }

  boolean beganBefore(long nanos) {
    return sinceNanos - nanos < 0;
  }

  /// Less than or equal to zero when the wait is over.
  long leftNanos() {
    return untilNanos - System.nanoTime();
  }

  boolean isAnswered() {
    return answered;
  }

  /// Hands the connection over. Call only when not answered, after taking it out of the line.
  void give(ServerConnection connection) {
    answered = true;
    waiter.onAcquired(connection);
  }

  void refuse(PoolException why) {
    answered = true;
    waiter.onRefused(why);
  }

  @Override
  public boolean cancel() {
    if (answered) {
      return false;
    }
    answered = true;
    bucket.withdrawn(this);
    return true;
  }
}
