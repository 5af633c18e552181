package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import io.shardgate.admin.show.TextTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/// Not thread-safe; owned by one command line.
@Command(
    name = "verify", mixinStandardHelpOptions = true,
    description = "Compares the declared tables of all shards with the home shard's: columns, order, types, indexes, constraints. Exit code 1 when they differ.")
final class Verify extends Verb {
  /// What can be verified.
  enum Subject { schema }

  @Parameters(index = "0", paramLabel = "schema", description = "what to verify: ${COMPLETION-CANDIDATES}")
  private Subject subject = Subject.schema;

  Verify(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    Answer differences =
        switch (subject) {
          case schema -> proxy.ask("SHARDGATE VERIFY SCHEMA");
        };
    boolean alike = differences.rows().isEmpty();
    screen.show(differences, alike ? java.util.List.of("The declared tables are alike on all shards.") : TextTable.lines(differences.columns(), differences.rows()));
    return alike ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
