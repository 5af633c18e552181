package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import io.shardgate.admin.show.TextTable;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Not thread-safe; owned by one command line.
@Command(
    name = "apply", mixinStandardHelpOptions = true,
    description = "Applies a topology: shows what changes, asks, and applies it if nobody else has changed the map meanwhile.")
final class Apply extends Verb {
  @Mixin private final TopologyFile file = new TopologyFile();

  @Option(names = {"-y", "--yes"}, description = "apply without asking")
  private boolean yes;

  Apply(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    String topology = ProxyConnection.literal(file.text());
    Answer differences = proxy.ask("SHARDGATE DIFF " + topology);
    if (differences.rows().isEmpty()) {
      Diff.show(screen, differences);
      return ExitCode.OK;
    }
    if (!yes) {
      screen.notices(differences);
      TextTable.lines(differences.columns(), differences.rows()).forEach(surroundings().err()::println);
      confirm();
    }
    screen.show(proxy.ask("SHARDGATE APPLY " + topology + " IF VERSION " + version(differences)));
    screen.remark("Applied.");
    return ExitCode.OK;
  }

  private void confirm() throws RefusedException {
    if (!surroundings().asks()) {
      throw refused("nothing was applied: nobody is there to be asked", "Look at the changes, then give --yes.");
    }
    if (!surroundings().isYes("Apply these changes?")) {
      throw refused("nothing was applied", "");
    }
  }

  /// The version of the map that was compared with, as the server told it.
  private static String version(Answer differences) throws RefusedException {
    return differences.records().stream()
        .filter(row -> "map".equals(row.get("kind")) && "version".equals(row.get("name")))
        .map((Map<String, String> row) -> row.getOrDefault("before", ""))
        .filter(before -> before.matches("\\d+"))
        .findFirst()
        .orElseThrow(() -> refused("the proxy did not say which version of the map it compared with", "Is it of the same version as shardctl?"));
  }
}
