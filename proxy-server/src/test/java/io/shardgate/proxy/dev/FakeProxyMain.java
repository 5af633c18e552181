package io.shardgate.proxy.dev;

import java.net.InetAddress;
import java.net.ServerSocket;

/// The dev cluster with a proxy that only holds its port.
final class FakeProxyMain {
  private FakeProxyMain() {}

  public static void main(String[] arguments) {
    int exitCode = DevMain.run(
        (config, directory) -> {
          System.err.println("fake proxy: map " + directory.current().version() + ", pool " + config.pool().maxConnections());
          return new ServerSocket(config.listen().port(), 1, InetAddress.getByName(config.listen().host()));
        },
        arguments);
    System.exit(exitCode);
  }
}
