package io.shardgate.bench.rig;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A `./shardgate proxy` of its own before the servers of the dev cluster, by a copy of that cluster's map. Not thread-safe; owned by its maker, who closes it.
final class OwnProxy implements AutoCloseable {
  private static final long ASK_EVERY_MILLIS = 2;
  private static final long SECONDS_MAX = 60;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Process process;
  private final int port;
  private final double secondsToReady;

  private OwnProxy(Process process, int port, double secondsToReady) {
    this.process = process;
    this.port = port;
    this.secondsToReady = secondsToReady;
  }

  /// Starts it and waits until `/health/ready` answers 200.
  ///
  /// @param folder with the dev cluster's data in `dev`
  /// @param settings lines of its settings, beside those of ports, directory and service
  /// @param aot what SHARDGATE_AOT says
  /// @throws IOException when it ends instead, with its own words
  static OwnProxy start(Path home, Path folder, String password, String settings, String aot) throws IOException, InterruptedException {
    int port = Contestants.freePort();
    int http = Contestants.freePort();
    Path map = Files.copy(folder.resolve("dev").resolve("directory.json"), folder.resolve("map-" + port + ".json"), StandardCopyOption.REPLACE_EXISTING);
    Path file =
        Files.writeString(
            folder.resolve("proxy-" + port + ".yaml"),
            """
            listen: { host: 127.0.0.1, port: %d }
            http: { host: 127.0.0.1, port: %d }
            directory: { kind: file, path: "%s" }
            service: { user: postgres, password: "%s" }
            %s
            """.formatted(port, http, map, password, settings));
    ProcessBuilder builder = new ProcessBuilder(home.resolve("shardgate").toString(), "proxy", "--config", file.toString());
    builder.environment().putAll(Map.of("SHARDGATE_AOT", aot));
    long began = System.nanoTime();
    Process process = builder.redirectErrorStream(true).start();
    while (!ready(http)) {
      if (!process.isAlive() || System.nanoTime() - began > TimeUnit.SECONDS.toNanos(SECONDS_MAX)) {
        process.destroyForcibly();
        throw new IOException("the proxy did not start: " + words(process));
      }
      Thread.sleep(ASK_EVERY_MILLIS);
    }
    double seconds = (System.nanoTime() - began) / NANOS_PER_SECOND;
    Contestants.drain(process.inputReader(StandardCharsets.UTF_8));
    return new OwnProxy(process, port, seconds);
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

  private static String words(Process process) throws IOException {
    try (InputStream words = process.getInputStream()) {
      return new String(words.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  /// From the launcher's being executed until `/health/ready` answered.
  double secondsToReady() {
    return secondsToReady;
  }

  int port() {
    return port;
  }

  /// The launcher's, which has become the JVM.
  ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
