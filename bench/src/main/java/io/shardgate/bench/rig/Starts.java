package io.shardgate.bench.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/// How long `./shardgate proxy` takes from being executed until `/health/ready` answers 200, and how long its first 1,000 queries take; with and without the AOT
/// cache, in turns. Immutable.
///
/// The servers are those that stand already; files that are read are in memory after the first round, which isn't measured, and so is the client's code.
record Starts(Path home, Path folder, Contestants.Shard first) {
  /// What the table calls it, and what SHARDGATE_AOT says.
  private static final Map<String, String> KINDS = new TreeMap<>(Map.of("with the AOT cache", "", "without", "off"));

  private static final int COLD_QUERIES = 1_000;
  private static final long LATENCY_MICROS_MAX = 60_000_000;

  /// One start. Times of queries and of the login in microseconds.
  private record Start(double seconds, double cpuSeconds, double login, double p50, double p99, double most) {}

  /// Two tables, in Markdown.
  String markdown(int rounds) throws IOException, InterruptedException, SQLException {
    train();
    Map<String, List<Start>> runs = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) {
      for (Map.Entry<String, String> kind : KINDS.entrySet()) {
        Start one = once(kind.getValue(), round);
        if (round >= 0) {
          runs.computeIfAbsent(kind.getKey(), _ -> new ArrayList<>()).add(one);
        }
      }
    }
    StringBuilder starts = new StringBuilder("\n### start to ready\n\n| | median s | least s | most s | CPU s |\n|---|--:|--:|--:|--:|\n");
    StringBuilder cold =
        new StringBuilder("\n### cold: the first " + COLD_QUERIES + " queries of one client\n\n| | login ms | p50 µs | p99 ms | p99 least | p99 most | slowest ms |\n|---|--:|--:|--:|--:|--:|--:|\n");
    runs.forEach((kind, all) -> {
      starts.append(String.format(Locale.ROOT, "| %s | %.2f | %.2f | %.2f | %.2f |%n", kind, at(all, 0.5, Start::seconds), at(all, 0, Start::seconds),
          at(all, 1, Start::seconds), at(all, 0.5, Start::cpuSeconds)));
      cold.append(String.format(Locale.ROOT, "| %s | %.1f | %.0f | %.1f | %.1f | %.1f | %.1f |%n", kind, at(all, 0.5, Start::login) / 1000, at(all, 0.5, Start::p50),
          at(all, 0.5, Start::p99) / 1000, at(all, 0, Start::p99) / 1000, at(all, 1, Start::p99) / 1000, at(all, 0.5, Start::most) / 1000));
    });
    return starts.toString() + cold;
  }

  /// The least at 0, the median at 0.5, the most at 1.
  private static double at(List<Start> starts, double part, ToDoubleFunction<Start> value) {
    double[] sorted = starts.stream().mapToDouble(value).sorted().toArray();
    return sorted[(int) Math.min(sorted.length - 1.0, part * sorted.length)];
  }

  private void train() throws IOException, InterruptedException {
    Process process = new ProcessBuilder(home.resolve("shardgate").toString(), "train").redirectErrorStream(true).start();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(words);
    }
  }

  private Start once(String aot, int seed) throws IOException, InterruptedException, SQLException {
    try (OwnProxy proxy = OwnProxy.start(home, folder, first.password(), "", aot)) {
      ProcessTimes times = ProcessTimes.of(proxy.process().pid());
      long before = System.nanoTime();
      try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/app?sslmode=disable", "app", "app")) {
        double login = (System.nanoTime() - before) / 1e3;
        Histogram micros = cold(connection, new SplittableRandom(seed));
        return new Start(
            proxy.secondsToReady(), (times.userMicros() + times.systemMicros()) / 1e6, login, micros.getValueAtPercentile(50), micros.getValueAtPercentile(99),
            micros.getMaxValue());
      }
    }
  }

  /// Reads and writes in turns, by key: unnamed statements first, named ones from the driver's fifth time on.
  private static Histogram cold(Connection connection, SplittableRandom random) throws SQLException {
    Histogram micros = new Histogram(LATENCY_MICROS_MAX, 3);
    try (PreparedStatement select = connection.prepareStatement("SELECT balance FROM accounts WHERE id = ?");
        PreparedStatement update = connection.prepareStatement("UPDATE accounts SET balance = balance + 1 WHERE id = ?")) {
      for (int i = 0; i < COLD_QUERIES; i++) {
        PreparedStatement statement = i % 4 == 3 ? update : select;
        statement.setLong(1, random.nextInt(1, Workload.ROWS + 1));
        long before = System.nanoTime();
        boolean rows = statement.execute();
        micros.recordValue((System.nanoTime() - before) / 1000);
        check(statement, rows);
      }
    }
    return micros;
  }

  private static void check(PreparedStatement statement, boolean rows) throws SQLException {
    int count = 0;
    if (rows) {
      try (ResultSet found = statement.getResultSet()) {
        while (found.next()) {
          count++;
        }
      }
    } else {
      count = statement.getUpdateCount();
    }
    if (count != 1) {
      throw new SQLException("rows: " + count + " (expected: 1)");
    }
  }
}
