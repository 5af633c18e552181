package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.admin.AdminMain;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Passwords in the clear end at the proxy: no server sees one, whatever it logs and shows, and no process has one among its arguments.
final class SecretIT {
  private static final String SECRET = "Zq-ends-here";

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("groups: { g: { strategy: hash, key: bigint, tables: { things: id } } }");
    cluster.shardNames().forEach(shard -> {
      cluster.executeOn(shard, "ALTER ROLE app CREATEROLE");
      cluster.executeOn(shard, "ALTER DATABASE " + cluster.database() + " SET log_statement = 'all'");
      cluster.executeOn(shard, "ALTER DATABASE " + cluster.database() + " SET log_min_duration_statement = 0");
    });
    cluster.restartProxy(); // its connections are new ones, which log
  }

  @AfterAll
  static void stop() {
    cluster.shardNames().forEach(shard -> cluster.executeOn(shard, "ALTER ROLE app NOCREATEROLE"));
    cluster.close();
  }

  private static Map<String, Integer> logLengths() {
    Map<String, Integer> lengths = new LinkedHashMap<>();
    cluster.shardNames().forEach(shard -> lengths.put(shard, cluster.shard(shard).log().length()));
    return lengths;
  }

  /// All that servers show of statements now, and of their clients.
  private static List<String> shown() {
    List<String> shown = new ArrayList<>();
    cluster.shardNames().forEach(shard -> shown.add(cluster.valueOn(
        shard, "SELECT string_agg(concat_ws(' ', usename, application_name, query), E'\\n') FROM pg_stat_activity WHERE pid <> pg_backend_pid()")));
    return shown;
  }

  private static List<String> commandLines() {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes.filter(each -> each.getFileName().toString().matches("\\d+")).map(SecretIT::commandLine).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String commandLine(Path process) {
    try {
      return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
    } catch (IOException _) {
      return ""; // it ended meanwhile
    }
  }

  @Test
  void theServersLogAndShowVerifiersOnly() throws SQLException {
    Map<String, Integer> before = logLengths();
    try (WireClient client = cluster.wire(); Connection driver = cluster.connect(); Statement prepared = driver.createStatement()) {
      client.query("CREATE ROLE it_silent LOGIN PASSWORD '" + SECRET + "1'");
      client.query("ALTER ROLE it_silent PASSWORD E'" + SECRET + "2'; SELECT 1");
      client.query("BEGIN; ALTER USER it_silent WITH ENCRYPTED PASSWORD $$" + SECRET + "3$$; SELECT 1; COMMIT");
      assertThat(client.error("CREATE ROLE it_silent LOGIN PASSWORD '" + SECRET + "4'").code()).isEqualTo("42710");
      assertThat(client.error("ALTER ROLE it_nobody PASSWORD '" + SECRET + "5'; SELECT 1").code()).isEqualTo("42704");
      client.query("BEGIN");
      client.query("ALTER ROLE it_silent PASSWORD '" + SECRET + "6' VALID UNTIL 'infinity'");
      client.query("SELECT 1 / 0");
      assertThat(client.error("ALTER ROLE it_silent PASSWORD '" + SECRET + "7'").code()).isEqualTo("25P02");
      client.query("ROLLBACK");
      prepared.execute("ALTER ROLE it_silent PASSWORD '" + SECRET + "8'");
      driver.prepareStatement("ALTER ROLE it_silent PASSWORD '" + SECRET + "9'").execute();
      client.query("EXPLAIN (ROUTE) ALTER ROLE it_silent PASSWORD '" + SECRET + "10'");
      WireClient.login(cluster.port(), "it_silent", SECRET + "9", cluster.database()).close();
      assertThat(shown()).noneMatch(text -> text.contains(SECRET));
    } finally {
      cluster.execute("DROP ROLE it_silent");
    }
    before.forEach((shard, length) -> {
      String said = cluster.shard(shard).log().substring(length);
      assertThat(said).as(shard).doesNotContain(SECRET).containsPattern("statement: (CREATE|ALTER) ROLE it_silent.*PASSWORD E?'SCRAM-SHA-256\\$4096:");
    });
  }

  @Test
  void whileItRunsNeitherServersNorTheProcessListHaveThePassword() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), AdminMain.class.getName(), "users", "add", "it_added");
    builder.environment().put("SHARDGATE_PROXY", cluster.url());
    Map<String, Integer> before = logLengths();
    cluster.execute("CREATE ROLE it_slow LOGIN PASSWORD 'x'");
    Process shardctl = null;
    try (Connection lock = cluster.connectToShard("s1"); Statement statement = lock.createStatement()) {
      lock.setAutoCommit(false);
      statement.execute("LOCK TABLE pg_authid IN SHARE MODE"); // logins go on, changes wait
      CompletableFuture<Void> change = CompletableFuture.runAsync(() -> cluster.execute("ALTER ROLE it_slow PASSWORD '" + SECRET + "1'"));
      shardctl = builder.redirectErrorStream(true).start();
      try (var input = shardctl.getOutputStream()) {
        input.write((SECRET + "2\n").getBytes(StandardCharsets.UTF_8));
      }
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() ->
          cluster.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%PASSWORD%SCRAM-SHA-256%'").equals("2"));
      assertThat(shown()).noneMatch(text -> text.contains(SECRET));
      assertThat(commandLines()).anyMatch(line -> line.contains("it_added")).noneMatch(line -> line.contains(SECRET) || line.contains(TestCluster.PASSWORD + ":" + TestCluster.PASSWORD + "@"));
      lock.rollback();
      change.get(30, TimeUnit.SECONDS);
      String said = new String(shardctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(shardctl.waitFor()).as(said).isZero();
      assertThat(said).doesNotContain(SECRET);
    } finally {
      if (shardctl != null) {
        shardctl.destroyForcibly();
      }
      cluster.execute("DROP ROLE IF EXISTS it_slow, it_added");
    }
    before.forEach((shard, length) -> assertThat(cluster.shard(shard).log().substring(length)).as(shard).doesNotContain(SECRET));
  }
}
