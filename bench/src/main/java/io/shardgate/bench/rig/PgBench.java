package io.shardgate.bench.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Runs pgbench and reads what it says (PostgreSQL docs, "pgbench"). Immutable.
///
/// @param program pgbench itself
/// @param folder for scripts and logs, which are deleted as they are read
record PgBench(Path program, Path folder) {
  private static final int THREADS_MAX = 2;
  private static final long LATENCY_MICROS_MAX = 60_000_000;
  private static final int LATENCY_COLUMN = 2;

  /// One run.
  ///
  /// @param transactions how many were done
  record Result(double perSecond, long transactions, Histogram micros) {}

  /// A run that failed, with pgbench's own words.
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1;

    FailedException(String message) {
      super(message);
    }
  }

  /// Where pgbench is: in the PATH, or where Debian puts it.
  static @Nullable Path find() throws IOException {
    for (String folder : String.valueOf(System.getenv("PATH")).split(":")) {
      Path program = Path.of(folder, "pgbench");
      if (Files.isExecutable(program)) {
        return program;
      }
    }
    Path debian = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(debian)) {
      return null;
    }
    try (Stream<Path> versions = Files.list(debian)) {
      return versions.map(version -> version.resolve("bin/pgbench")).filter(Files::isExecutable).max(Path::compareTo).orElse(null);
    }
  }

  /// @param table what the scripts call `accounts`
  /// @param fourKeys what sets the variables `a` to `d` to keys of four shards
  Result run(Workload workload, Contestant contestant, String table, String fourKeys, int seconds) throws IOException, InterruptedException, FailedException {
    Path script = Files.writeString(folder.resolve("script.sql"), workload.script().replace("accounts", table).replace(Workload.FOUR_KEYS, fourKeys));
    List<String> command =
        List.of(
            program.toString(), "-n", "-M", workload.protocol(), "-c", Integer.toString(workload.clients()), "-j",
            Integer.toString(Math.min(workload.clients(), THREADS_MAX)), "-T", Integer.toString(seconds), "-f", script.toString(), "-l", "--log-prefix=latency",
            "-h", "127.0.0.1", "-p", Integer.toString(contestant.port()), "-U", "app", "app");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(Map.of("PGPASSWORD", "app", "PGSSLMODE", "disable", "LC_ALL", "C"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    Histogram latencies = latencies();
    if (code != 0 || output.contains("aborted")) {
      throw new FailedException(output.lines().filter(line -> line.contains("error")).findFirst().orElse("pgbench ended with " + code));
    }
    return new Result(
        number(output, "tps = ([0-9.]+) \\(without"), (long) number(output, "transactions actually processed: ([0-9]+)"), latencies);
  }

  private static double number(String output, String pattern) throws FailedException {
    Matcher matcher = Pattern.compile(pattern).matcher(output);
    if (!matcher.find()) {
      throw new FailedException("pgbench did not say \"" + pattern + "\"");
    }
    return Double.parseDouble(matcher.group(1));
  }

  private Histogram latencies() throws IOException {
    Histogram histogram = new Histogram(LATENCY_MICROS_MAX, 3);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path log : files.filter(file -> file.getFileName().toString().startsWith("latency")).toList()) {
        try (Stream<String> lines = Files.lines(log)) {
          lines.forEach(line -> histogram.recordValue(Math.min(LATENCY_MICROS_MAX, Long.parseLong(line.split(" ")[LATENCY_COLUMN]))));
        } catch (UncheckedIOException e) {
          throw new IOException(e);
        }
        Files.delete(log);
      }
    }
    return histogram;
  }
}
