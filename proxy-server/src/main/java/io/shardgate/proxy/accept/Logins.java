package io.shardgate.proxy.accept;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.ScheduledFuture;
import io.shardgate.proxy.config.ProxyConfig;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;

/// The connections that have not logged in: each has a limited time for it, and where there are too many the oldest makes room. One that
/// takes milliseconds is never the oldest for long, so those that dawdle keep nobody out.
/// Thread-safe: each event loop has its own connections, and its share of the number.
public final class Logins {
  private static final AttributeKey<Place> PLACE = AttributeKey.valueOf(Logins.class, "place");

  /// What is to be undone when a connection's login is over.
  private record Place(Logins logins, ScheduledFuture<?> timer) {}

  private final long limitMillis;
  private final int mostOfLoop;
  private final Runnable pushedOut;
  private final FastThreadLocal<SequencedSet<Channel>> waiting =
      new FastThreadLocal<>() {
        @Override
        protected SequencedSet<Channel> initialValue() {
          return new LinkedHashSet<>();
        }
      };

  /// @param loops how many event loops accept clients
  /// @param pushedOut is told of each that makes room for another
  public Logins(ProxyConfig.Clients settings, int loops, Runnable pushedOut) {
    this.limitMillis = settings.loginTimeout().toMillis();
    this.mostOfLoop = Math.ceilDiv(settings.maxLogins(), loops);
    this.pushedOut = pushedOut;
  }

  /// A connection was accepted. On its event loop.
  void arrived(Channel channel) {
    ScheduledFuture<?> timer = channel.eventLoop().schedule(() -> channel.close(), limitMillis, TimeUnit.MILLISECONDS);
    channel.attr(PLACE).set(new Place(this, timer));
    channel.closeFuture().addListener(_ -> left(channel));
    SequencedSet<Channel> others = waiting.get();
    others.add(channel);
    if (others.size() > mostOfLoop) {
      pushedOut.run();
      others.removeFirst().close();
    }
  }

  /// The client is in, or gone. On its event loop.
  public static void left(Channel channel) {
    Place place = channel.attr(PLACE).getAndSet(null);
    if (place != null) {
      place.logins.waiting.get().remove(channel);
      place.timer.cancel(false);
    }
  }
}
