package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;

/// Not thread-safe; owned by one command line.
@Command(name = "diff", mixinStandardHelpOptions = true, description = "Shows what a topology would change. Changes nothing.")
final class Diff extends Verb {
  @Mixin private final TopologyFile file = new TopologyFile();

  Diff(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    show(screen, proxy.ask("SHARDGATE DIFF " + ProxyConnection.literal(file.text())));
    return ExitCode.OK;
  }

  static void show(Screen screen, Answer differences) {
    if (differences.rows().isEmpty()) {
      screen.show(differences, List.of("Nothing changes: the topology is in force."));
    } else {
      screen.show(differences);
    }
  }
}
