package io.shardgate.proxy.accept;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Drops a connection that has not become a client in time.
public final class LoginTimeout {
  private static final AttributeKey<ScheduledFuture<?>> TIMER = AttributeKey.valueOf(LoginTimeout.class, "timer");

  private LoginTimeout() {}

  static void watch(Channel channel, Duration limit) {
    ScheduledFuture<?> timer = channel.eventLoop().schedule(() -> channel.close(), limit.toMillis(), TimeUnit.MILLISECONDS);
    channel.attr(TIMER).set(timer);
    channel.closeFuture().addListener(_ -> timer.cancel(false));
  }

  /// The client is in.
  public static void met(Channel channel) {
    ScheduledFuture<?> timer = channel.attr(TIMER).getAndSet(null);
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
