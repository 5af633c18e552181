package io.shardgate.proxy;

import io.netty.channel.EventLoopGroup;
import io.shardgate.proxy.accept.Acceptor;
import io.shardgate.proxy.accept.Entrance;
import io.shardgate.proxy.accept.Logins;
import io.shardgate.proxy.accept.TlsOffer;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.pool.Transport;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The event loops, and the port that PostgreSQL clients connect to: one and the same before there is a shard map and after.
/// Not thread-safe; owned by the thread that starts the proxy, then by who ends it.
final class Port implements AutoCloseable {
  private final ProxyConfig config;
  private final Transport transport;
  private final EventLoopGroup loops;
  private final CompletableFuture<TlsOffer> tls;
  private final Logins logins;
  private @Nullable Acceptor acceptor;

  private Port(ProxyConfig config, Transport transport, EventLoopGroup loops, CompletableFuture<TlsOffer> tls, Logins logins) {
    this.config = config;
    this.transport = transport;
    this.loops = loops;
    this.tls = tls;
    this.logins = logins;
  }

  /// Throws [ConfigException] where this machine can't do what the settings ask for.
  private static Transport transport(ProxyConfig config) {
    try {
      return Transport.named(config.transport().word());
    } catch (IllegalArgumentException e) {
      throw new ConfigException("transport", List.of(String.valueOf(e.getMessage())));
    }
  }

  /// Nothing is listened on yet. TLS is set up beside the caller, who may look for a shard map meanwhile.
  ///
  /// @param metrics for connections that have not logged in
  ///
  /// @throws ConfigException when this machine has no such transport
  static Port of(ProxyConfig config, ProxyMetrics metrics) {
    Transport transport = transport(config);
    CompletableFuture<TlsOffer> tls = CompletableFuture.supplyAsync(() -> TlsOffer.open(config), task -> Thread.ofPlatform().daemon().name("tls").start(task));
    int threads = config.eventLoops() == 0 ? Runtime.getRuntime().availableProcessors() : config.eventLoops();
    return new Port(config, transport, transport.eventLoops(threads, "loop"), tls, new Logins(config.clients(), threads, metrics::loginPushedOut));
  }

  Transport transport() {
    return transport;
  }

  EventLoopGroup loops() {
    return loops;
  }

  /// Waits until it is set up.
  ///
  /// @throws ConfigException when it can't be
  TlsOffer tls() {
    try {
      return tls.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ConfigException unusable) {
        throw unusable;
      }
      throw e;
    }
  }

  /// Clients go there from now on.
  ///
  /// @throws IOException when the port can't be opened; the message names it
  /// @throws ConfigException when TLS can't be set up
  Acceptor admitTo(Entrance entrance) throws IOException {
    Acceptor open = acceptor;
    if (open == null) {
      open = Acceptor.open(config.listen(), loops, transport, tls(), logins, entrance);
      acceptor = open;
    } else {
      open.admitTo(entrance);
    }
    return open;
  }

  /// Ends the port and the threads; what ran on them was closed before.
  @Override
  public void close() {
    Acceptor open = acceptor;
    if (open != null) {
      open.close();
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    tls.thenAccept(TlsOffer::close);
  }
}
