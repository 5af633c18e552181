package io.shardgate.proxy.pool;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Remembers that a shard can't be reached, so that its clients hear so at once instead of waiting for one connect timeout each.
/// Thread-safe: one atomic reference to an immutable state.
///
///     CLOSED  → OPEN    [failed]     refuse until the back-off is over
///     OPEN    → PROBING [admits]     one attempt is let through, the others are refused
///     PROBING → CLOSED  [succeeded]
///     PROBING → OPEN    [failed]     twice the back-off
///
/// PROBING ends by itself after the connect timeout, should the attempt never report.
final class Circuit {
  private static final long FIRST_BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long GREATEST_BACK_OFF_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// Not reachable: why, and until when nobody tries.
  private record Open(PoolException why, long untilNanos, long backOffNanos) {}

  private final AtomicReference<@Nullable Open> state = new AtomicReference<>();
  private final long probeNanos;

  Circuit(Duration connectTimeout) {
    this.probeNanos = connectTimeout.toNanos();
  }

  boolean isClosed() {
    return state.get() == null;
  }

  /// Null when an attempt may be made; otherwise why not.
  @Nullable PoolException refusal() {
    Open open = state.get();
    if (open == null) {
      return null;
    }
    long now = System.nanoTime();
    if (now - open.untilNanos < 0) {
      return open.why;
    }
    Open probing = new Open(open.why, now + probeNanos, open.backOffNanos);
    return state.compareAndSet(open, probing) ? null : open.why;
  }

  void succeeded() {
    if (state.get() != null) {
      state.set(null);
    }
  }

  void failed(PoolException why) {
    Open before = state.get();
    long backOff = before == null ? FIRST_BACK_OFF_NANOS : Math.min(2 * before.backOffNanos, GREATEST_BACK_OFF_NANOS);
    long jittered = backOff / 2 + ThreadLocalRandom.current().nextLong(backOff / 2);
    state.compareAndSet(before, new Open(why, System.nanoTime() + jittered, backOff));
  }
}
