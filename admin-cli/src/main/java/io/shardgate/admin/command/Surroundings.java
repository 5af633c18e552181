package io.shardgate.admin.command;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a command line meets: where to write, who answers questions, the environment. Immutable.
///
/// @param input where answers to questions come from
/// @param asks whether somebody is there to answer: input and output are a terminal
/// @param home the folder of the launcher
public record Surroundings(PrintStream out, PrintStream err, Reader input, boolean asks, Map<String, String> environment, Path home) {
  /// Those of this process.
  @SuppressWarnings("SystemConsoleNull") // older runtimes than this one's still say null, and so does the null checker
  public static Surroundings ofProcess() {
    Console console = System.console();
    return new Surroundings(
        new PrintStream(System.out, true, StandardCharsets.UTF_8), new PrintStream(System.err, true, StandardCharsets.UTF_8),
        new InputStreamReader(System.in, StandardCharsets.UTF_8), console != null && console.isTerminal(), System.getenv(),
        Path.of(System.getProperty("shardgate.home", ".")));
  }

  /// Asks for a password, unseen on a terminal; else reads a line.
  char[] password(String prompt) {
    @Nullable Console console = asks ? System.console() : null;
    if (console != null) {
      char @Nullable [] typed = console.readPassword("%s", prompt);
      return typed == null ? new char[0] : typed;
    }
    try {
      @Nullable String line = new BufferedReader(input).readLine();
      return line == null ? new char[0] : line.toCharArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Asks a question that is answered by yes or no. Nothing else than `y` or `yes` is yes.
  boolean isYes(String question) {
    err.print(question + " [y/N] ");
    err.flush();
    try {
      @Nullable String answer = new BufferedReader(input).readLine();
      return answer != null && (answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
