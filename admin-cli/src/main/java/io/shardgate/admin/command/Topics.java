package io.shardgate.admin.command;

import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import picocli.CommandLine.Command;

/// The verbs that show one topic of the proxy's.
final class Topics {
  private Topics() {}

  /// Not thread-safe; owned by one command line.
  @Command(name = "status", mixinStandardHelpOptions = true, description = "Shows how the cluster is, as the proxy sees it.")
  static final class Status extends Verb {
    Status(ProxyOptions options) {
      super(options);
    }

    @Override
    int run(ProxyConnection proxy, Screen screen) throws RefusedException {
      return show(proxy, screen, "SHARDGATE STATUS");
    }
  }

  /// Not thread-safe; owned by one command line.
  @Command(name = "shards", mixinStandardHelpOptions = true, description = "Lists the shards.")
  static final class Shards extends Verb {
    Shards(ProxyOptions options) {
      super(options);
    }

    @Override
    int run(ProxyConnection proxy, Screen screen) throws RefusedException {
      return show(proxy, screen, "SHARDGATE SHARDS");
    }
  }

  /// Not thread-safe; owned by one command line.
  @Command(name = "tables", mixinStandardHelpOptions = true, description = "Lists the declared tables, with their groups and keys.")
  static final class Tables extends Verb {
    Tables(ProxyOptions options) {
      super(options);
    }

    @Override
    int run(ProxyConnection proxy, Screen screen) throws RefusedException {
      return show(proxy, screen, "SHARDGATE TABLES");
    }
  }
}
