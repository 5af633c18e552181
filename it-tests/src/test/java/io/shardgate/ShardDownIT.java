package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.ErrorResponse;
import io.shardgate.pgwire.message.ErrorFields;
import java.time.Duration;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A shard that is stopped, killed or dies while it answers: it is named, and the others serve on.
final class ShardDownIT {
  private static final TestCluster CLUSTER =
      TestCluster.startPrivate(
          2,
          """
          groups:
            customer: { strategy: hash, key: bigint, tables: { customers: id } }
            day: { strategy: range, key: date, tables: { days: k }, splits: [{ until: "2026-01-01", shard: s2 }, { shard: s1 }] }
          """);

  /// A key of each shard.
  private static final long ON_S1 = keyOn("s1");
  private static final long ON_S2 = keyOn("s2");

  private static long keyOn(String shard) {
    Group group = CLUSTER.map().groupOf(TableName.parse("customers")).orElseThrow();
    for (long key = 1; ; key++) {
      if (CLUSTER.map().ownerOf(group, new KeyValue.OfLong(key)).value().equals(shard)) {
        return key;
      }
    }
  }

  @BeforeAll
  static void tables() {
    CLUSTER.executeOnEach("CREATE TABLE customers (id bigint PRIMARY KEY, name text); ALTER TABLE customers OWNER TO app");
    CLUSTER.execute(insert(ON_S1), insert(ON_S2), "CREATE TABLE days (k date PRIMARY KEY, n int)");
  }

  private static String insert(long key) {
    return "INSERT INTO customers VALUES (" + key + ", 'first')";
  }

  private static String select(long key) {
    return "SELECT name FROM customers WHERE id = " + key;
  }

  @AfterEach
  void theShardComesBackAndIsServedAgain() {
    if (ProcessHandle.of(CLUSTER.shard("s2").pid()).filter(ProcessHandle::isAlive).isEmpty()) {
      // The killed server's backends hold its memory for a moment; until they have left it does not start.
      await().ignoreExceptions().until(() -> {
        CLUSTER.restartShard("s2");
        return true;
      });
    }
    await().ignoreExceptions().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(CLUSTER.value(select(ON_S2))).isEqualTo("first"));
    await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(CLUSTER.http("/health/ready").statusCode()).isEqualTo(200));
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  @Test
  void aStoppedShardIsNamedAndTheOthersServeOn() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(client.value(select(ON_S2))).isEqualTo("first");
      CLUSTER.shard("s2").stop();
      ErrorFields fields = client.error(select(ON_S2));
      assertThat(fields.message()).contains("shard \"s2\"");
      assertThat(fields.code()).isIn("08006", "08001", "57P03");
      assertThat(client.error("LISTEN everywhere").message()).startsWith("not every shard can be listened to");
      assertThat(client.value("SELECT count(*) FROM pg_listening_channels()")).isEqualTo("0");
      assertThat(client.value(select(ON_S1))).isEqualTo("first");
      assertThat(CLUSTER.value("SELECT 'a new client'")).isEqualTo("a new client");
      assertThat(CLUSTER.http("/health/live").statusCode()).isEqualTo(200);
      await()
          .untilAsserted(
              () -> {
                CLUSTER.wire().query(select(ON_S2));
                assertThat(CLUSTER.http("/health/ready").statusCode()).isEqualTo(503);
                assertThat(CLUSTER.http("/health/ready").body()).contains("s2").doesNotContain("s1");
              });
    }
  }

  /// What only the shards can tell: one of them can't be asked.
  @Test
  void aKeyInAnotherSpellingIsReadAtHomeOrNotAtAll() throws Exception {
    try (WireClient client = CLUSTER.wire()) {
      client.query("SET DateStyle = 'SQL, DMY'");
      client.query("INSERT INTO days VALUES ('01/02/2026', 1)");
      CLUSTER.shard("s2").stop();
      assertThat(client.query("INSERT INTO days VALUES ('02/02/2026', 1)")).contains(new BackendMessage.CommandComplete("INSERT 0 1"));
      assertThat(client.value("SELECT n FROM days WHERE k = '2026-02-02'")).isEqualTo("1");
      assertThat(client.error("INSERT INTO days VALUES ('31/12/2025', 1)").message()).contains("shard \"s2\"");
      assertThat(client.error("UPDATE days SET n = 2 WHERE k = '03/02/2026'").code()).isEqualTo("0A000");
      assertThat(client.query("UPDATE days SET n = 2 WHERE k = '2026-02-02'")).contains(new BackendMessage.CommandComplete("UPDATE 1"));
    }
  }

  @Test
  void aShardThatDiesInATransactionFailsItAndTheRestIsRolledBack() {
    try (WireClient client = CLUSTER.wire()) {
      client.query("BEGIN");
      client.query("UPDATE customers SET name = 'second' WHERE id = " + ON_S1);
      client.query("UPDATE customers SET name = 'second' WHERE id = " + ON_S2);
      CLUSTER.shard("s2").kill();
      List<BackendMessage> answer = queryUntilItFails(client, select(ON_S2));
      ErrorFields fields = WireClient.errorIn(answer);
      assertThat(fields.message()).contains("shard \"s2\"");
      assertThat(answer.getLast()).isEqualTo(new BackendMessage.ReadyForQuery('E'));
      assertThat(client.query("COMMIT")).contains(new BackendMessage.CommandComplete("ROLLBACK"));
      assertThat(client.value(select(ON_S1))).isEqualTo("first");
    }
  }

  @Test
  void withoutTheHomeShardTheOthersServeOnAndALoginIsToldWhatIsMissing() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(client.value(select(ON_S2))).isEqualTo("first");
      CLUSTER.shard("s1").stop();
      try {
        assertThat(client.error(select(ON_S1)).message()).contains("shard \"s1\"");
        assertThat(client.error("UPDATE customers SET name = 'x'").code()).as("a refusal, though PostgreSQL can't be asked").isEqualTo("0A000");
        assertThat(client.value(select(ON_S2))).isEqualTo("first");
        try (WireClient next = CLUSTER.tcp()) {
          ErrorFields fields = next.startup(Map.of("user", "nobody_knew_me", "database", CLUSTER.database()), "app").orElseThrow();
          assertThat(fields.severity()).isEqualTo("FATAL");
          assertThat(fields.code()).isEqualTo("57P03");
          assertThat(fields.message()).contains("s1");
        }
      } finally {
        CLUSTER.restartShard("s1");
      }
      await().ignoreExceptions().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(client.value(select(ON_S1))).isEqualTo("first"));
    }
  }

  /// Backends outlive their postmaster by a moment.
  private static List<BackendMessage> queryUntilItFails(WireClient client, String sql) {
    List<BackendMessage> answer;
    do {
      answer = client.query(sql);
    } while (answer.stream().noneMatch(ErrorResponse.class::isInstance));
    return answer;
  }

  @Test
  void aCommitThatADeadShardCannotConfirmIsAnError() {
    try (WireClient client = CLUSTER.wire()) {
      client.query("BEGIN");
      client.query("UPDATE customers SET name = 'third' WHERE id = " + ON_S2);
      CLUSTER.shard("s2").kill();
      List<BackendMessage> answer = client.query("COMMIT");
      assertThat(answer.stream().anyMatch(ErrorResponse.class::isInstance) || answer.contains(new BackendMessage.CommandComplete("ROLLBACK"))).isTrue();
      assertThat(answer.getLast()).isEqualTo(new BackendMessage.ReadyForQuery('I'));
    }
  }

  @Test
  void aShardThatDiesInTheMiddleOfAResultIsAnErrorNeverAShortResult() {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery(
          "SELECT c.id, repeat('x', 500) FROM customers c, generate_series(1, 400000) WHERE c.id = " + ON_S2);
      client.read(BackendMessage.RowDescription.class);
      client.read(BackendMessage.DataRow.class);
      CLUSTER.shard("s2").execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'");
      List<BackendMessage> answer = client.readToReady();
      ErrorFields fields = WireClient.errorIn(answer);
      assertThat(fields.code()).isIn("57P01", "08006"); // a backend that is blocked in a write can't say goodbye
      assertThat(fields.message()).contains("shard \"s2\"");
      assertThat(answer).noneMatch(BackendMessage.CommandComplete.class::isInstance);
      assertThat(client.value(select(ON_S1))).isEqualTo("first");
    }
  }

  @Test
  void aShardThatIsKilledInTheMiddleOfAResultIsAnErrorNeverAShortResult() {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery(
          "SELECT c.id, repeat('x', 500) FROM customers c, generate_series(1, 400000) WHERE c.id = " + ON_S2);
      client.read(BackendMessage.RowDescription.class);
      client.read(BackendMessage.DataRow.class);
      long backend =
          Long.parseLong(CLUSTER.shard("s2").query("SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'"));
      ProcessHandle.of(backend).orElseThrow().destroyForcibly();
      List<BackendMessage> answer = client.readToReady();
      ErrorFields fields = WireClient.errorIn(answer);
      assertThat(fields.code()).isEqualTo("08006");
      assertThat(fields.message()).contains("shard \"s2\"");
      assertThat(client.value(select(ON_S1))).isEqualTo("first");
    }
  }

  /// The beginning of a row that was kept back is of the shard that sends it, whichever other one is lost meanwhile.
  @Test
  void rowsOnTheirWayStayWholeWhenAnotherShardOfTheTransactionIsLost() {
    int rows = 60_000;
    try (WireClient client = CLUSTER.wire()) {
      client.query("BEGIN");
      client.query("UPDATE customers SET name = 'second' WHERE id = " + ON_S2);
      client.sendQuery("SELECT g, repeat('x', 500) FROM customers c, generate_series(1, " + rows + ") g WHERE c.id = " + ON_S1);
      client.read(BackendMessage.RowDescription.class);
      await().until(() -> CLUSTER.shard("s1").query("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND wait_event = 'ClientWrite'").equals("1"));
      CLUSTER.shard("s2").execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app' AND state = 'idle in transaction'");
      List<BackendMessage> answer = client.readToReady();
      List<String> texts = answer.stream().filter(BackendMessage.DataRow.class::isInstance)
          .map(row -> ((BackendMessage.DataRow) row).values())
          .map(values -> new String(values.get(0), StandardCharsets.US_ASCII) + values.get(1).length)
          .toList();
      assertThat(texts).isEqualTo(IntStream.rangeClosed(1, rows).mapToObj(n -> n + "500").toList());
      assertThat(answer.getLast()).isEqualTo(new BackendMessage.ReadyForQuery('E'));
    }
  }

  /// The row can be neither ended nor taken back; the client has to see that it is no row.
  @Test
  void aShardThatIsKilledInTheMiddleOfALongRowEndsTheConnection() {
    int logged = LogWatch.lines().size();
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("SELECT repeat('x', 200000000) FROM customers WHERE id = " + ON_S2);
      client.read(BackendMessage.RowDescription.class);
      await().until(() -> !CLUSTER.shard("s2").query(
          "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active' AND wait_event = 'ClientWrite'").equals("0"));
      long backend =
          Long.parseLong(CLUSTER.shard("s2").query("SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'"));
      ProcessHandle.of(backend).orElseThrow().destroyForcibly();
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(LogWatch.linesSince(logged)).anyMatch(line -> line.contains("\"s2\"") && line.contains("in the middle of a row"));
    assertThat(CLUSTER.value(select(ON_S1))).isEqualTo("first");
  }

  @Test
  void aLoginThatAShardRefusesNamesTheShard() {
    CLUSTER.executeOn("s2", "ALTER ROLE app CONNECTION LIMIT 0");
    CLUSTER.shard("s2").execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    try (WireClient client = CLUSTER.wire()) {
      List<BackendMessage> answer = queryUntilItFails(client, select(ON_S2));
      ErrorFields fields = WireClient.errorIn(answer);
      if (fields.code().equals("57P01")) {
        fields = client.error(select(ON_S2)); // the end of the old connection came with the first statement
      }
      assertThat(fields.severity()).isEqualTo("ERROR");
      assertThat(fields.code()).isEqualTo("53300");
      assertThat(fields.message()).isEqualTo("shard \"s2\": too many connections for role \"app\"");
      assertThat(client.value(select(ON_S1))).isEqualTo("first");
    } finally {
      CLUSTER.executeOn("s2", "ALTER ROLE app CONNECTION LIMIT -1");
    }
  }

  @Test
  void aShardThatHangsIsNoMatterForTheOthers() {
    try (WireClient hanging = CLUSTER.wire()) {
      CLUSTER.shard("s2").signal("STOP");
      hanging.sendQuery("SELECT count(*) FROM customers WHERE id = " + ON_S2);
      for (int i = 0; i < 10; i++) {
        assertThat(CLUSTER.value(select(ON_S1))).isEqualTo("first");
      }
    } finally {
      CLUSTER.shard("s2").signal("CONT");
    }
  }
}
