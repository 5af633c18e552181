package io.shardgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.proxy.testing.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
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
    return start(List.of(), arguments);
  }

  private static Process start(List<String> flags, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx200m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow", "-DSHARDGATE_LOG_LEVEL=INFO", "-Dlogback.configurationFile=" + Path.of("src/main/resources/logback.xml").toUri(),
        "-cp", System.getProperty("java.class.path")));
    command.addAll(flags);
    command.addAll(List.of(ProxyMain.class.getName(), "proxy"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void assertRefused(String message, String... arguments) throws Exception {
    assertRefused(message, start(arguments));
  }

  private static void assertRefused(String message, Process process) throws Exception {
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
        assertThat(awaitServing(proxy)).contains(arguments.contains("--topology") ? "transport epoll" : "transport nio");
        try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/app", "app", "app")) {
          connection.createStatement().execute("CREATE TABLE IF NOT EXISTS r (id bigint PRIMARY KEY)");
        }
      } finally {
        proxy.destroy();
      }
      assertThat(proxy.waitFor(20, TimeUnit.SECONDS)).as("SIGTERM ends it").isTrue();
      Files.writeString(Path.of(settings), Files.readString(Path.of(settings)).replace("transport: nio\n", "") + "transport: nio\n");
    }
    assertRefused("and was a reference table, but it exists on [s1]", "-c", settings, "--topology", topology("groups: { g: { strategy: hash, key: bigint, tables: { r: id } } }").toString());
  }

  /// What it says then.
  private static String awaitServing(Process proxy) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(proxy.getInputStream(), StandardCharsets.UTF_8));
    List<String> said = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.add(line);
      if (line.contains("serving PostgreSQL clients")) {
        assertThat(said).as("not a word of the JVM's").hasSize(1);
        return line;
      }
    }
    throw new AssertionError("never served: " + said);
  }

  @Test
  void whatCantStartSaysSoInALine() throws Exception {
    assertRefused("no such file", "-c", folder.resolve("nowhere.yaml").toString());
    assertRefused("Missing required option: '--config=FILE'");
    Path uring = Files.writeString(folder.resolve("uring.yaml"), Files.readString(settings(freePort(), freePort())) + "transport: io_uring\n");
    assertRefused("transport: io_uring is not available on this machine: Native transport was explicit disabled",
        start(List.of("-Dio.netty.transport.noNative=true"), "-c", uring.toString(), "--topology", topology("").toString()));
    assertRefused("not YAML", "-c", Files.writeString(folder.resolve("broken.yaml"), "listen: {").toString());
    try (ServerSocket taken = new ServerSocket(0)) {
      assertRefused("port", "-c", settings(taken.getLocalPort(), freePort()).toString(), "--topology", topology("").toString());
    }
    assertRefused("shard s1 is on a mysql:// server, which is not supported yet", "-c", settings(freePort(), freePort()).toString(), "--topology",
        Files.writeString(folder.resolve("mysql.yaml"), "home: s1\nshards: { s1: { primary: \"mysql://127.0.0.1:3306/app\" } }").toString());
  }

  /// The image's launcher, in a folder laid out as the image's.
  @Test
  void anAotCacheIsUsedWhereItFitsAndNeverKeepsTheProxyFromStarting() throws Exception {
    Path home = laidOut();
    Path cache = home.resolve("shardgate.aot");
    String[] arguments = {"proxy", "-c", settings(freePort(), freePort()).toString(), "--topology", topology("").toString()};
    assertThat(runsFromCache(home, arguments)).as("there is none yet").isFalse();
    Process train = launcher(home, "train");
    String words = new String(train.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(train.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(cache).as(words).isRegularFile();

    assertThat(runsFromCache(home, arguments)).isTrue();
    byte[] whole = Files.readAllBytes(cache);
    Arrays.fill(whole, whole.length / 2, whole.length / 2 + 4096, (byte) 7);
    Files.write(cache, whole);
    assertThat(runsFromCache(home, arguments)).as("damaged").isFalse();
    Files.write(cache, Arrays.copyOf(whole, whole.length / 3));
    assertThat(runsFromCache(home, arguments)).as("cut off").isFalse();
    Files.delete(cache);
    Files.createDirectory(cache);
    assertThat(runsFromCache(home, arguments)).as("a folder").isFalse();
  }

  private Path laidOut() throws IOException {
    Path home = Files.createDirectory(folder.resolve("image"));
    Path target = Path.of("target").toAbsolutePath();
    Files.createDirectory(home.resolve("bin"));
    Files.copy(Path.of("../docker/bin/shardgate"), home.resolve("bin/shardgate"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.createSymbolicLink(home.resolve("native"), target.resolve("native/META-INF/native"));
    Path lib = Files.createDirectory(home.resolve("lib"));
    for (Path from : List.of(target, target.resolve("lib"))) {
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(from, file -> file.toString().endsWith(".jar") && !file.toString().endsWith("-tests.jar"))) {
        for (Path jar : jars) {
          Files.createSymbolicLink(lib.resolve(jar.getFileName()), jar);
        }
      }
    }
    return home;
  }

  private static Process launcher(Path home, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/shardgate").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
    builder.environment().put("SHARDGATE_JAVA_OPTIONS", "-Xlog:class+load:file=" + home.resolve("classes") + ":none:filecount=0");
    return builder.start();
  }

  /// Whether the classes of a proxy that serves come from the cache. It says nothing but what it says without one.
  private static boolean runsFromCache(Path home, String... arguments) throws Exception {
    Process proxy = launcher(home, arguments);
    try {
      awaitServing(proxy);
    } finally {
      proxy.destroy();
    }
    assertThat(proxy.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Files.readString(home.resolve("classes")).contains("io.shardgate.proxy.ProxyServer source: shared objects file");
  }
}
