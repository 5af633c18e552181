package io.shardgate.proxy.dev;

import io.shardgate.proxy.ProxyMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// One run of the dev cluster, as a process of its own.
final class DevRun implements AutoCloseable {
  final Process process;
  final Map<String, URI> shards = new TreeMap<>();
  String ready = "";
  private final Path errors;
  private final BufferedReader lines;

  private DevRun(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
    this.lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /// With the real proxy where it has to load the sample, else with one that only holds its port.
  static DevRun start(Path home, boolean real, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        "env", "--default-signal=INT", // whoever runs the tests in the background has SIGINT ignored, and all that they start
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx200m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
        "-Dshardgate.home=" + home, "-cp", System.getProperty("java.class.path")));
    command.addAll(real ? List.of(ProxyMain.class.getName(), "dev") : List.of(FakeProxyMain.class.getName()));
    command.addAll(List.of(arguments));
    Path errors = Files.createTempFile(home, "stderr", ".txt");
    return new DevRun(new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
  }

  /// Reads its output up to the ready line, or to its end.
  DevRun awaitReady() throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("shard ")) {
        String[] parts = line.substring("shard ".length()).split(": ");
        shards.put(parts[0], URI.create(parts[1]));
      } else if (line.startsWith("ready: ")) {
        ready = line;
        return this;
      } else {
        throw new AssertionError("unexpected line: " + line);
      }
    }
    throw new AssertionError("never ready: " + errors());
  }

  int awaitExit() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroy();
      throw new AssertionError("still running");
    }
    return process.exitValue();
  }

  String errors() throws IOException {
    return Files.readString(errors).lines().filter(line -> !line.startsWith("WARNING:")).collect(Collectors.joining("\n"));
  }

  /// The process ids of the servers, as their pid files say.
  List<Long> serverIds(Path data) throws IOException {
    List<Long> ids = new ArrayList<>();
    for (String shard : shards.keySet()) {
      ids.add(Long.parseLong(Files.readAllLines(data.resolve("shards/" + shard + "/postmaster.pid")).getFirst().strip()));
    }
    return ids;
  }

  Connection connect(String shard, String user, String password) throws SQLException {
    URI url = shards.get(shard);
    Properties login = new Properties();
    login.setProperty("user", user);
    login.setProperty("password", password);
    return DriverManager.getConnection("jdbc:postgresql://" + url.getHost() + ":" + url.getPort() + url.getPath(), login);
  }

  Connection superuser(String shard) throws SQLException {
    String[] info = shards.get(shard).getUserInfo().split(":");
    return connect(shard, info[0], info[1]);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
