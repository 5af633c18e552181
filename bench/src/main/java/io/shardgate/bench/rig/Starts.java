package io.shardgate.bench.rig;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// How long `./shardgate proxy` takes from being executed until `/health/ready` answers 200, with and without the AOT cache, in turns. Immutable.
///
/// The servers are those that stand already; files that are read are in memory after the first, unmeasured, round.
record Starts(Path home, Path folder, List<Contestants.Shard> shards) {
  /// What the table calls it, and what SHARDGATE_AOT says.
  private static final Map<String, String> KINDS = new TreeMap<>(Map.of("with the AOT cache", "", "without", "off"));

  private static final long ASK_EVERY_MILLIS = 2;
  private static final long SECONDS_MAX = 60;
  private static final double NANOS = 1e9;

  /// One start.
  private record Start(double seconds, double cpuSeconds) {}

  /// The table, in Markdown.
  String markdown(int rounds) throws IOException, InterruptedException {
    run(List.of(home.resolve("shardgate").toString(), "train"), "");
    int http = Contestants.freePort();
    List<String> command = command(http);
    Map<String, double[][]> runs = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) {
      for (Map.Entry<String, String> kind : KINDS.entrySet()) {
        Start one = once(command, kind.getValue(), http);
        if (round >= 0) {
          double[][] both = runs.computeIfAbsent(kind.getKey(), _ -> new double[2][rounds]);
          both[0][round] = one.seconds();
          both[1][round] = one.cpuSeconds();
        }
      }
    }
    StringBuilder out = new StringBuilder("\n### start to ready\n\n| | median s | least s | most s | CPU s |\n|---|--:|--:|--:|--:|\n");
    runs.forEach((kind, both) -> {
      Arrays.sort(both[0]);
      Arrays.sort(both[1]);
      out.append(String.format(Locale.ROOT, "| %s | %.2f | %.2f | %.2f | %.2f |%n", kind, both[0][rounds / 2], both[0][0], both[0][rounds - 1], both[1][rounds / 2]));
    });
    return out.toString();
  }

  private List<String> command(int http) throws IOException {
    Path settings =
        Files.writeString(
            folder.resolve("start.yaml"),
            "listen: { host: 127.0.0.1, port: " + Contestants.freePort() + " }\nhttp: { host: 127.0.0.1, port: " + http + " }\ndirectory: { kind: file, path: \""
                + folder.resolve("start.json") + "\" }\nservice: { user: postgres, password: \"" + shards.getFirst().password() + "\" }\n");
    String each = shards.stream().map(shard -> shard.name() + ": { primary: \"postgresql://127.0.0.1:" + shard.port() + "/app\" }").collect(Collectors.joining(", "));
    Path topology = Files.writeString(folder.resolve("start-topology.yaml"), "home: " + shards.getFirst().name() + "\nshards: { " + each + " }\n");
    return List.of(home.resolve("shardgate").toString(), "proxy", "--config", settings.toString(), "--topology", topology.toString());
  }

  private static Start once(List<String> command, String aot, int http) throws IOException, InterruptedException {
    long began = System.nanoTime();
    Process process = process(command, aot);
    try {
      while (!ready(http)) {
        if (!process.isAlive() || System.nanoTime() - began > TimeUnit.SECONDS.toNanos(SECONDS_MAX)) {
          process.destroyForcibly();
          throw new IOException("the proxy did not start: " + words(process));
        }
        Thread.sleep(ASK_EVERY_MILLIS);
      }
      double seconds = (System.nanoTime() - began) / NANOS;
      ProcessTimes times = ProcessTimes.of(process.pid()); // the launcher has become the JVM
      return new Start(seconds, (times.userMicros() + times.systemMicros()) / 1e6);
    } finally {
      process.destroy();
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static boolean ready(int http) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + http + "/health/ready").toURL().openConnection();
    try {
      return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException _) {
      return false; // nobody listens yet
    } finally {
      connection.disconnect();
    }
  }

  private static void run(List<String> command, String aot) throws IOException, InterruptedException {
    Process process = process(command, aot);
    String words = words(process);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + words);
    }
  }

  private static Process process(List<String> command, String aot) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SHARDGATE_AOT", aot);
    return builder.start();
  }

  private static String words(Process process) throws IOException {
    try (InputStream words = process.getInputStream()) {
      return new String(words.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
