package io.shardgate.proxy;

import io.shardgate.proxy.dev.DevMain;
import java.util.Arrays;

/// The program: `dev` starts a cluster of embedded PostgreSQL servers with a proxy in front, `proxy` the proxy alone; `train` is for the launchers
/// ([Training]).
public final class ProxyMain {
  private static final int USAGE = 2;

  private ProxyMain() {}

  /// Runs a command; its exit code is the process's.
  public static void main(String... arguments) {
    String command = arguments.length == 0 ? "" : arguments[0];
    System.exit(
        switch (command) {
          case "dev" -> DevMain.run(ProxyServer::start, Arrays.copyOfRange(arguments, 1, arguments.length));
          case "train" -> Training.run();
          case "proxy" -> ProxyCommand.run(Arrays.copyOfRange(arguments, 1, arguments.length));
          default -> usage();
        });
  }

  private static int usage() {
    System.err.println("usage: shardgate dev|proxy [flags] (--help after either lists them)");
    return USAGE;
  }
}
