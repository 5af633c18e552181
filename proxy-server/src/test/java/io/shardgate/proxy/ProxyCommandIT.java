package io.shardgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.proxy.testing.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./shardgate proxy`, as a process of its own in front of a server that is there.
class ProxyCommandIT {
  private static final PostgresServer SERVER = PostgresServer.startWithApp();

  @TempDir Path folder;

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private Path settings(int port, int http) throws IOException {
    return Files.writeString(
        folder.resolve("settings.yaml"),
        """
        listen: { host: 127.0.0.1, port: %d }
        http: { host: 127.0.0.1, port: %d }
        directory: { kind: file, path: %s }
        service: { user: postgres, password: %s }
        """.formatted(port, http, folder.resolve("directory.json"), PostgresServer.SUPERUSER_PASSWORD));
  }

  private Path topology(String more) throws IOException {
    return Files.writeString(
        folder.resolve("topology.yaml"), "home: s1\nshards: { s1: { primary: \"" + SERVER.url("app") + "\" } }\n" + more);
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx200m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow", "-DSHARDGATE_LOG_LEVEL=INFO", "-Dlogback.configurationFile=" + Path.of("src/main/resources/logback.xml").toUri(),
        "-cp", System.getProperty("java.class.path"), ProxyMain.class.getName(), "proxy"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void assertRefused(String message, String... arguments) throws Exception {
    Process process = start(arguments);
    process.onExit().orTimeout(60, TimeUnit.SECONDS).whenComplete((_, _) -> process.destroyForcibly()); // one that serves instead says no more
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isNotZero();
    assertThat(output).contains("shardgate: ", message).doesNotContain("\tat ");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void itServesWithTheTopologyOfTheFirstStartAndThenWithout() throws Exception {
    int port = freePort();
    String settings = settings(port, freePort()).toString();
    assertRefused("does not exist yet (give the topology to begin with: --topology FILE; or the verifier of an admin, who can apply one)", "-c", settings);
    for (List<String> arguments : List.of(List.of("-c", settings, "--topology", topology("reference: [ r ]").toString()), List.of("-c", settings))) {
      Process proxy = start(arguments.toArray(new String[0]));
      try {
        awaitServing(proxy);
        try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/app", "app", "app")) {
          connection.createStatement().execute("CREATE TABLE IF NOT EXISTS r (id bigint PRIMARY KEY)");
        }
      } finally {
        proxy.destroy();
      }
      assertThat(proxy.waitFor(20, TimeUnit.SECONDS)).as("SIGTERM ends it").isTrue();
    }
    assertRefused("and was a reference table, but it exists on [s1]", "-c", settings, "--topology", topology("groups: { g: { strategy: hash, key: bigint, tables: { r: id } } }").toString());
  }

  private static void awaitServing(Process proxy) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(proxy.getInputStream(), StandardCharsets.UTF_8));
    List<String> said = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.add(line);
      if (line.contains("serving PostgreSQL clients")) {
        return;
      }
    }
    throw new AssertionError("never served: " + said);
  }

  @Test
  void whatCantStartSaysSoInALine() throws Exception {
    assertRefused("no such file", "-c", folder.resolve("nowhere.yaml").toString());
    assertRefused("Missing required option: '--config=FILE'");
    assertRefused("not YAML", "-c", Files.writeString(folder.resolve("broken.yaml"), "listen: {").toString());
    try (ServerSocket taken = new ServerSocket(0)) {
      assertRefused("port", "-c", settings(taken.getLocalPort(), freePort()).toString(), "--topology", topology("").toString());
    }
    assertRefused("shard s1 is on a mysql:// server, which is not supported yet", "-c", settings(freePort(), freePort()).toString(), "--topology",
        Files.writeString(folder.resolve("mysql.yaml"), "home: s1\nshards: { s1: { primary: \"mysql://127.0.0.1:3306/app\" } }").toString());
  }
}
