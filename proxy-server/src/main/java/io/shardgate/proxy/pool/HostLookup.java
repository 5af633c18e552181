package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;

/// Finds the addresses of a host without blocking an event loop: names are looked up on a virtual thread (the JVM caches them).
final class HostLookup {
  private HostLookup() {}

  /// Calls one of the two on `loop`, perhaps before it returns.
  static void find(String host, EventLoop loop, Consumer<InetAddress[]> found, Consumer<Throwable> failed) {
    if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      found.accept(new InetAddress[] {InetAddress.ofLiteral(host)});
      return;
    }
    Thread.ofVirtual().name("lookup-" + host).start(() -> {
      try {
        InetAddress[] addresses = InetAddress.getAllByName(host);
        loop.execute(() -> found.accept(addresses));
      } catch (UnknownHostException e) {
        loop.execute(() -> failed.accept(new UnknownHostException("could not translate host name \"" + host + "\" to address")));
      }
    });
  }
}
