package io.shardgate.proxy;

import io.shardgate.proxy.accept.Acceptor;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.observe.Health;
import io.shardgate.proxy.session.SessionRegistry;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a proxy that is told to end lets go of its clients. Not thread-safe; owned by the thread that ends the proxy.
///
/// First it is not ready, and serves as before for `clients.drain_delay`, so that a balancer sends new clients elsewhere. Then it takes no more, and
/// those it has get 57P01 when no transaction of theirs is open, at the latest after `clients.drain_timeout`: what is open then is rolled back. So no
/// statement that was begun is cut short within that time, and none is acknowledged that did not happen.
final class Draining {
  private static final Logger LOG = LoggerFactory.getLogger(Draining.class);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final ProxyConfig.Clients settings;
  private final SessionRegistry sessions;
  private final Acceptor acceptor;
  private final Health health;

  Draining(ProxyConfig.Clients settings, SessionRegistry sessions, Acceptor acceptor, Health health) {
    this.settings = settings;
    this.sessions = sessions;
    this.acceptor = acceptor;
    this.health = health;
  }

  /// Returns when no client is left, or none is waited for any more.
  void run() throws InterruptedException {
    health.require("shutdown", () -> Optional.of("this proxy was told to end"));
    Thread.sleep(settings.drainDelay());
    acceptor.close();
    sessions.leave();
    if (!nobodyWithin(settings.drainTimeout())) {
      LOG.warn("{} clients still had a transaction open after {} ms; it is rolled back", sessions.sessions().size(), settings.drainTimeout().toMillis());
      sessions.terminate();
      nobodyWithin(FAREWELL);
    }
  }

  private boolean nobodyWithin(Duration limit) throws InterruptedException {
    long until = System.nanoTime() + limit.toNanos();
    while (!sessions.isEmpty()) {
      if (System.nanoTime() - until > 0) {
        return false;
      }
      Thread.sleep(LOOK);
    }
    return true;
  }
}
