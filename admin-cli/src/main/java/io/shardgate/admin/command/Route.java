package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/// Not thread-safe; owned by one command line.
@Command(name = "route", mixinStandardHelpOptions = true, description = "Says which shards a statement would go to, and why. Runs nothing.")
final class Route extends Verb {
  @Parameters(index = "0", paramLabel = "SQL", description = "one statement, in quotes")
  private @Nullable String sql;

  Route(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    Answer answer = proxy.ask("SHARDGATE ROUTE " + sql);
    screen.show(answer, answer.rows().stream().map(row -> row.getFirst()).toList());
    return ExitCode.OK;
  }
}
