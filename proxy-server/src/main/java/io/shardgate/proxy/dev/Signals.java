package io.shardgate.proxy.dev;

import java.io.IOException;

/// Signals that the JDK can't send itself, by the `kill` program.
final class Signals {
  /// PostgreSQL: fast shutdown.
  static final String INTERRUPT = "INT";

  /// PostgreSQL: immediate shutdown.
  static final String QUIT = "QUIT";

  static final String KILL = "KILL";

  private Signals() {}

  /// To one process by its id; one that ended already is no fault.
  static void send(ProcessHandle process, String signal) {
    try {
      new ProcessBuilder("kill", "-s", signal, Long.toString(process.pid()))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException _) {
      process.destroy(); // no such program: SIGTERM, a smart shutdown, is what is left
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
