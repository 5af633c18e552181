package io.shardgate.admin.command;

import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Not thread-safe; owned by one command line.
@Command(
    name = "uninstall", mixinStandardHelpOptions = true,
    description = "Lists what Shardgate made on the servers. Removes it when given the sentence that the list names; users' data stays.")
final class Uninstall extends Verb {
  @Option(names = "--confirm", paramLabel = "SENTENCE", description = "remove it: the sentence that the list says")
  private @Nullable String sentence;

  Uninstall(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    return show(proxy, screen, "SHARDGATE UNINSTALL" + (sentence == null ? "" : " CONFIRM " + ProxyConnection.literal(sentence)));
  }
}
