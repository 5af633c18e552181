package io.shardgate.admin.command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The command that all verbs hang on.
/// Not thread-safe; owned by one command line.
@Command(
    name = "shardctl",
    mixinStandardHelpOptions = true,
    version = "shardctl of Shardgate 0.1",
    sortOptions = false,
    description = "Looks at a Shardgate cluster and changes it, through any of its proxies.",
    footer = {
      "", "The role needs the admin right (admins in the proxy's settings). A password that the URL leaves out comes from PGPASSWORD or ~/.pgpass.",
      "Exit codes: 0 done, 1 refused or failed (verify: differences found), 2 the command line was not understood."
    },
    subcommands = AutoComplete.GenerateCompletion.class)
public final class Shardctl implements Runnable {
  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private final ProxyOptions options;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  private Shardctl(ProxyOptions options) {
    this.options = options;
  }

  /// The command line, ready to be executed.
  public static CommandLine commandLine(Surroundings surroundings) {
    ProxyOptions options = new ProxyOptions(surroundings);
    CommandLine line = new CommandLine(new Shardctl(options));
    for (Verb verb : List.of(
        new Apply(options), new Diff(options), new Topics.Status(options), new MapOfKeys(options), new Topics.Shards(options), new Topics.Tables(options),
        new Split(options), new Merge(options), new Assign(options), new Route(options), new Verify(options), new Uninstall(options))) {
      line.addSubcommand(verb);
    }
    line.addSubcommand(Users.commandLine(options));
    return line
        .setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8))
        .setExecutionExceptionHandler((failure, _, _) -> {
          surroundings.err().println("shardctl: " + failure);
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a verb is missing (expected one of: " + String.join(", ", spec.subcommands().keySet()) + ")");
  }
}
