package io.shardgate.admin.command;

import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Not thread-safe; owned by one command line.
@Command(name = "assign", mixinStandardHelpOptions = true, description = "Says which shard a key goes to that nobody has placed, in a group of strategy directory.")
final class Assign extends Verb {
  @Parameters(index = "0", paramLabel = "GROUP")
  private @Nullable String group;

  @Parameters(index = "1", paramLabel = "KEY")
  private @Nullable String key;

  @Option(names = "--to", paramLabel = "SHARD", required = true, description = "the shard")
  private @Nullable String shard;

  Assign(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    return show(proxy, screen, "SHARDGATE ASSIGN " + literal(group) + " " + literal(key) + " TO " + literal(shard));
  }

  private static String literal(@Nullable String text) {
    return ProxyConnection.literal(java.util.Objects.requireNonNull(text));
  }
}
