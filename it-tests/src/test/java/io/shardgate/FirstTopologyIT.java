package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.admin.AdminMain;
import io.shardgate.admin.command.Surroundings;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.testing.EtcdCluster;
import io.shardgate.directory.testing.NeedsEtcd;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Proxies, as processes, whose directory is empty: the admin named in their settings applies the first topology.
@NeedsEtcd
final class FirstTopologyIT {
  private static final TestCluster SERVERS = TestCluster.shared();

  @TempDir Path folder;

  /// A proxy of its own settings. Ended by its closing.
  private static final class Running implements AutoCloseable {
    private final int port = freePort();
    private final int http = freePort();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Path log;
    private final Process process;

    Running(Path folder, String directory, String admins) throws IOException {
      Path config =
          Files.writeString(
              folder.resolve("settings-" + port + ".yaml"),
              """
              listen: { port: %d }
              http: { port: %d }
              directory: %s
              service: { user: %s, password: "%s" }
              admins: %s
              """.formatted(port, http, directory, PostgresServer.SUPERUSER, PostgresServer.SUPERUSER_PASSWORD, admins));
      log = folder.resolve("log-" + port);
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
                  "-DSHARDGATE_LOG_LEVEL=INFO", "-Dlogback.configurationFile=" + Path.of("../proxy-server/src/main/resources/logback.xml").toUri(), "-cp", System.getProperty("java.class.path"), "io.shardgate.proxy.ProxyMain", "proxy", "-c", config.toString())
              .redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    ConditionFactory await() {
      return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20)).ignoreExceptionsInstanceOf(UncheckedIOException.class)
          .atMost(Duration.ofSeconds(60)).failFast("the proxy ended", () -> assertThat(process.isAlive()).as(this::said).isTrue());
    }

    String get(String path) {
      try {
        HttpResponse<String> response =
            client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path)).build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    void awaitWaiting(String reason) {
      await().untilAsserted(() -> assertThat(get("/health/ready")).as(this::said).startsWith("503 directory: ").contains(reason, "an admin can apply a topology: ./shardctl apply"));
      assertThat(get("/health/live")).isEqualTo("200 live\n");
    }

    void awaitReady() {
      await().untilAsserted(() -> assertThat(get("/health/ready")).as(this::said).isEqualTo("200 ready\n"));
    }

    WireClient admin() {
      return WireClient.login(port, TestCluster.ROLE, TestCluster.PASSWORD, SERVERS.database());
    }

    String said() {
      try {
        return Files.readString(log);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
      client.close();
    }
  }

  /// To be listened on soon: a port at which somebody's connection ended meanwhile is nobody's for a minute.
  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// As an operator takes it from the server that will be home.
  private static String verifier() {
    return SERVERS.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'");
  }

  private static String topology(String group) {
    return "home: s1\nshards: { s1: { primary: \"" + SERVERS.shard("s1").url(SERVERS.database()) + "\" }, s2: { primary: \""
        + SERVERS.shard("s2").url(SERVERS.database()) + "\" } }\ngroups: { " + group + ": { strategy: hash, key: bigint, tables: { it_" + group + ": id } } }\n";
  }

  private static ErrorFields refusal(int port, String role, String password) {
    try (WireClient client = WireClient.open(port)) {
      return client.startup(Map.of("user", role, "database", SERVERS.database()), password).orElseThrow();
    }
  }

  private static String applied(Running proxy, String group) {
    try (WireClient client = proxy.admin()) {
      return client.query("SHARDGATE APPLY $y$" + topology(group) + "$y$ IF VERSION 0").stream()
          .filter(BackendMessage.ErrorResponse.class::isInstance).map(Object::toString).findFirst().orElse(group);
    }
  }

  @Test
  void ofTwoFirstTopologiesOneWinsAndAllProxiesServeByItWithoutARestart() throws Exception {
    try (EtcdCluster etcd = EtcdCluster.start(1)) {
      String directory = "{ kind: etcd, url: \"" + etcd.place("empty/at-first") + "\" }";
      try (Running one = new Running(folder, directory, "{ app: \"" + verifier() + "\" }"); Running two = new Running(folder, directory, "{ app: \"" + verifier() + "\" }")) {
        one.awaitWaiting("holds no shard map yet");
        two.awaitWaiting("holds no shard map yet");
        onlyTheAdminIsLetIn(one.port);
        try (WireClient idle = one.admin()) {
          onlyWhatNeedsNoMapIsDone(idle);
          aDriverThatPreparesIsServed(one.port);
          List<CompletableFuture<String>> both = List.of(CompletableFuture.supplyAsync(() -> applied(one, "mine")), CompletableFuture.supplyAsync(() -> applied(two, "theirs")));
          List<String> outcomes = both.stream().map(CompletableFuture::join).toList();
          assertThat(outcomes).filteredOn(outcome -> outcome.equals("mine") || outcome.equals("theirs")).as(outcomes::toString).hasSize(1);
          assertThat(outcomes).filteredOn(outcome -> outcome.contains("40001") && outcome.contains("somebody else has recorded the first shard map meanwhile")).as(outcomes::toString).hasSize(1);
          String winner = outcomes.contains("mine") ? "mine" : "theirs";
          one.awaitReady();
          two.awaitReady();
          assertThat(WireClient.errorIn(idle.readToEnd())).satisfies(end -> assertThat(end.code() + " " + end.message()).isEqualTo("57P01 terminating connection: there is a shard map now"));
          for (Running proxy : List.of(one, two)) {
            try (WireClient client = proxy.admin()) {
              assertThat(client.value("SHOW SHARDGATE TABLES")).isEqualTo("it_" + winner);
              assertThat(client.value("SELECT current_user")).isEqualTo("app");
            }
          }
        }
        assertThat(one.said() + two.said()).containsPattern("SHARDGATE APPLY by \"app\" from 127\\.0\\.0\\.1:\\d+: \\[\\[add, shard, s1")
            .containsPattern("SHARDGATE APPLY by \"app\" from 127\\.0\\.0\\.1:\\d+: refused \\(40001\\)").doesNotContain("SCRAM-SHA-256");
      }
    }
  }

  private static void onlyTheAdminIsLetIn(int port) {
    ErrorFields other = refusal(port, "postgres", PostgresServer.SUPERUSER_PASSWORD);
    assertThat(other.code() + " " + other.message()).isEqualTo("57P03 the database system is not yet accepting connections");
    assertThat(other.detail()).hasValue("There is no shard map yet.");
    assertThat(refusal(port, "app", "wrong").toString()).contains("28P01", "password authentication failed for user");
  }

  private static void onlyWhatNeedsNoMapIsDone(WireClient client) {
    for (String sql : List.of("SELECT 1", "CREATE ROLE it_none PASSWORD 'x'", "SHARDGATE SPLIT mine AT KEY 5", "SHARDGATE UNINSTALL", "SHARDGATE ROUTE SELECT 1", "BEGIN", "SHOW SHARDGATE CLIENTS")) {
      ErrorFields error = client.error(sql);
      assertThat(error.code() + " " + error.message()).as(sql).isEqualTo("55000 there is no shard map yet");
      assertThat(error.hint().orElse("")).contains("SHARDGATE DIFF, SHARDGATE APPLY and SHOW SHARDGATE only");
    }
    assertThat(client.error("SHARDGATE APPLY 5").message()).isEqualTo("syntax error at or near \"5\"");
    assertThat(client.error("SHARDGATE APPLY 'home: s1'").code()).isEqualTo("22023");
    assertThat(client.error("SHARDGATE APPLY $y$" + topology("mine") + "$y$ IF VERSION 3").message()).isEqualTo("there is no shard map yet, so none of version 3");
    assertThat(client.query("SHOW SHARDGATE STATUS").toString()).contains("SHOW").doesNotContain("ErrorResponse");
    assertThat(client.query("SHARDGATE SHARDS; SHARDGATE MAP").toString()).doesNotContain("DataRow", "ErrorResponse");
    assertThat(client.query("").toString()).contains("EmptyQuery");
  }

  /// The extended protocol, TLS, and a proof that is bound to the channel, as pgjdbc has them where nothing is set.
  private static void aDriverThatPreparesIsServed(int port) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + SERVERS.database() + "?sslmode=require&channelBinding=require";
    try (Connection connection = DriverManager.getConnection(url, "app", "app")) {
      List<String> changes = new ArrayList<>();
      try (PreparedStatement diff = connection.prepareStatement("SHARDGATE DIFF $y$" + topology("mine") + "$y$"); ResultSet rows = diff.executeQuery()) {
        while (rows.next()) {
          changes.add(rows.getString("change") + " " + rows.getString("kind") + " " + rows.getString("name") + " " + rows.getString("before"));
        }
      }
      assertThat(changes).containsExactly("add shard s1 ", "add shard s2 ", "add group mine ", "add table it_mine ", "add map version 0");
      try (PreparedStatement select = connection.prepareStatement("SELECT 1")) {
        select.executeQuery();
        throw new AssertionError("it was answered");
      } catch (SQLException refused) {
        assertThat(refused.getSQLState()).isEqualTo("55000");
      }
      assertThat(connection.isValid(5)).as("an empty statement is answered").isTrue();
    }
  }

  @Test
  void shardctlAppliesTheFirstTopologyOfAProxyWithItsDirectoryInAFile() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), TestCluster.PASSWORD + "\n");
    String directory = "{ kind: file, path: " + folder.resolve("directory.json") + " }";
    try (Running proxy = new Running(folder, directory, "{ app: { password_file: " + secret + " } }")) {
      proxy.awaitWaiting("does not exist yet");
      String url = "postgresql://app:app@127.0.0.1:" + proxy.port + "/" + SERVERS.database();
      String file = Files.writeString(folder.resolve("topology.yaml"), topology("first")).toString();
      assertThat(shardctl(url, "status")).contains("0 ", "map_version", "an admin can apply a topology");
      assertThat(shardctl(url, "users", "list")).contains("1 ", "there is no shard map yet (55000)", "HINT: ");
      assertThat(shardctl(url, "diff", "-f", file)).startsWith("0 ").containsPattern("add +group +first +hash of bigint");
      assertThat(shardctl(url, "apply", "--yes", "-f", file)).startsWith("0 ").contains("NOTICE: the proxies begin to serve now", "Applied.");
      proxy.awaitReady();
      assertThat(shardctl(url, "tables")).contains("it_first");
      assertThat(shardctl(url, "apply", "--yes", "-f", file)).contains("Nothing changes: the topology is in force.");
      assertThat(Files.readString(folder.resolve("directory.json"))).doesNotContain("SCRAM-SHA-256");
    }
  }

  private static String shardctl(String url, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = AdminMain.run(new Surroundings(print, print, new StringReader(""), false, Map.of("SHARDGATE_PROXY", url), Path.of("/nonexistent")), arguments);
    return code + " " + out.toString(StandardCharsets.UTF_8);
  }
}
