package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The roles that may log in. They are PostgreSQL's own, made on every shard by CREATE ROLE through the proxy, with one verifier.
/// Not thread-safe; owned by one command line.
@Command(name = "users", mixinStandardHelpOptions = true, description = "Lists, adds and removes the roles that may log in, on every shard.")
final class Users implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  private Users() {}

  static CommandLine commandLine(ProxyOptions options) {
    return new CommandLine(new Users()).addSubcommand(new Add(options)).addSubcommand(new Remove(options)).addSubcommand(new Catalog(options));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a verb is missing (expected one of: " + String.join(", ", spec.subcommands().keySet()) + ")");
  }

  /// Not thread-safe; owned by one command line.
  @Command(
      name = "add", mixinStandardHelpOptions = true,
      description = "Makes a role that may log in. Its password is asked for, or read as one line where nobody is there to be asked; only its verifier leaves this program.")
  static final class Add extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    private @Nullable String name;

    Add(ProxyOptions options) {
      super(options);
    }

    @Override
    int run(ProxyConnection proxy, Screen screen) throws RefusedException {
      String role = Objects.requireNonNull(name);
      String verifier = ScramText.ofPassword(surroundings().password("Password for the new user \"" + role + "\": "));
      screen.show(proxy.ask("CREATE ROLE " + ProxyConnection.identifier(role) + " LOGIN PASSWORD " + ProxyConnection.literal(verifier)), List.of());
      screen.remark("Added \"" + role + "\".");
      return ExitCode.OK;
    }
  }

  /// Not thread-safe; owned by one command line.
  @Command(name = "remove", mixinStandardHelpOptions = true, description = "Drops a role. PostgreSQL refuses it while the role owns something or has rights.")
  static final class Remove extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    private @Nullable String name;

    Remove(ProxyOptions options) {
      super(options);
    }

    @Override
    int run(ProxyConnection proxy, Screen screen) throws RefusedException {
      String role = Objects.requireNonNull(name);
      screen.show(proxy.ask("DROP ROLE " + ProxyConnection.identifier(role)), List.of());
      screen.remark("Removed \"" + role + "\".");
      return ExitCode.OK;
    }
  }

  /// Not thread-safe; owned by one command line.
  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the roles that may log in.")
  static final class Catalog extends Verb {
    private static final String SQL =
        """
        SELECT r.rolname AS "user", r.rolsuper AS superuser, r.rolvaliduntil AS valid_until,
          (SELECT coalesce(string_agg(g.rolname, ', ' ORDER BY g.rolname), '') FROM pg_catalog.pg_auth_members m
            JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS member_of
        FROM pg_catalog.pg_roles r WHERE r.rolcanlogin ORDER BY 1""";

    Catalog(ProxyOptions options) {
      super(options);
    }

    @Override
    int run(ProxyConnection proxy, Screen screen) throws RefusedException {
      Answer users = proxy.ask(SQL);
      screen.show(users);
      return ExitCode.OK;
    }
  }
}
