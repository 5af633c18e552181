package io.shardgate.admin;

import io.shardgate.admin.command.Shardctl;
import io.shardgate.admin.command.Surroundings;

/// `./shardctl`.
public final class AdminMain {
  private AdminMain() {}

  public static void main(String[] arguments) {
    System.exit(run(Surroundings.ofProcess(), arguments));
  }

  /// Runs a command line and gives the process's exit code: 0 done, 1 refused or failed, 2 not understood.
  public static int run(Surroundings surroundings, String... arguments) {
    return Shardctl.commandLine(surroundings).execute(arguments);
  }
}
