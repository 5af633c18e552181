package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.CommandComplete;
import io.shardgate.pgwire.message.BackendMessage.NotificationResponse;
import io.shardgate.pgwire.message.BackendMessage.RowDescription;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/// The number that a client is given when it connects is the one that `pg_backend_pid()` tells and that signals are sent to.
final class ProcessNumberIT {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    // Two connections for each shard: who signals has to do it without one.
    cluster =
        TestCluster.start(
            "groups: { customer: { strategy: hash, key: bigint, tables: { customers: id } } }", config -> config.withPool(config.pool().withMaxConnections(2)));
    cluster.execute("CREATE TABLE customers (id bigint PRIMARY KEY)", "CREATE TABLE notes (pid int, text text)",
        "CREATE TABLE late (pid int)",
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()");
    cluster.executeOn("s1", "DROP ROLE IF EXISTS signal_other");
    cluster.executeOn("s1", "CREATE ROLE signal_other LOGIN PASSWORD 'other'");
  }

  @AfterAll
  static void stop() {
    cluster.executeOn("s1", "DROP ROLE signal_other");
    cluster.close();
  }

  private static String own(WireClient client) {
    return Integer.toString(client.key().processId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT pg_backend_pid()",
        "SELECT pg_catalog.pg_backend_pid()",
        "SELECT \"pg_backend_pid\" ( ) AS me",
        "select Pg_Backend_Pid()::text || ''",
        "SELECT /* pg_backend_pid() */ pg_backend_pid() -- pg_backend_pid()",
        "SELECT max(pg_backend_pid()) FROM generate_series(1, 3) GROUP BY pg_backend_pid()",
        "SELECT CASE WHEN pg_backend_pid() > 0 THEN pg_backend_pid() END",
        "SELECT x FROM (SELECT pg_backend_pid() AS x) y",
        "WITH w AS (SELECT pg_backend_pid()) SELECT * FROM w",
        "INSERT INTO notes VALUES (pg_backend_pid(), 'x') RETURNING pid"
      })
  void theServersNumberIsNeverTold(String sql) {
    try (WireClient client = cluster.wire()) {
      assertThat(client.value(sql)).as(sql).isEqualTo(own(client));
    }
  }

  @Test
  void theColumnHasItsNameAndTheErrorItsPlace() {
    try (WireClient client = cluster.wire()) {
      RowDescription row =
          (RowDescription) client.query("SELECT pg_backend_pid(), pg_backend_pid() AS me").stream().filter(RowDescription.class::isInstance).findFirst().orElseThrow();
      assertThat(row.fields()).extracting(field -> field.name() + " " + field.typeOid()).containsExactly("pg_backend_pid 23", "me 23");
      assertThat(client.error("SELECT 1; SELECT pg_backend_pid(), nosuch").position()).hasValue(36);
      assertThat(client.value("SELECT 'pg_backend_pid()'")).isEqualTo("pg_backend_pid()");
    }
  }

  @Test
  void preparedStatementsAndTransactionsSeeItToo() throws SQLException {
    try (Connection connection = cluster.connect()) {
      int own = connection.unwrap(PGConnection.class).getBackendPID();
      connection.setAutoCommit(false);
      try (PreparedStatement statement = connection.prepareStatement("SELECT ?::int, pg_backend_pid(), ?::text")) {
        for (int i = 0; i < 8; i++) { // from the fifth on by name, in binary
          statement.setInt(1, i);
          statement.setString(2, "t" + i);
          try (ResultSet result = statement.executeQuery()) {
            assertThat(result.next()).isTrue();
            assertThat(List.of(result.getInt(1), result.getInt(2), result.getString(3))).containsExactly(i, own, "t" + i);
          }
        }
      }
      connection.commit();
    }
  }

  @Test
  void amongServersProcessesItIsAServers() {
    try (WireClient client = cluster.wire()) {
      assertThat(client.value("SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid()")).isEqualTo("1");
      assertThat(client.value("SELECT count(*) > 0 FROM pg_locks WHERE pid = pg_backend_pid()")).isEqualTo("t");
      assertThat(client.value("SELECT pg_blocking_pids(pg_backend_pid())")).isEqualTo("{}");
    }
  }

  private static void awaitRunning(String text) {
    await().untilAsserted(
        () ->
            assertThat(cluster.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%" + text + "%'"))
                .isEqualTo("1"));
  }

  @Test
  void aStatementIsCancelledByNumberThoughNoConnectionIsFree() {
    try (WireClient victim = cluster.wire(); WireClient holder = cluster.wire(); WireClient other = cluster.wire()) {
      holder.query("BEGIN");
      holder.query("SELECT 1");
      victim.sendQuery("SELECT pg_sleep(60) /* by number */");
      awaitRunning("by number");
      assertThat(other.value("SELECT pg_cancel_backend(" + own(victim) + ")")).isEqualTo("t");
      assertThat(WireClient.errorIn(victim.readToReady()).code()).isEqualTo("57014");
      assertThat(victim.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aSessionIsEndedByNumberAndRolledBack() throws SQLException {
    try (WireClient victim = cluster.wire(); Connection other = cluster.connect()) {
      victim.query("BEGIN");
      victim.query("INSERT INTO notes VALUES (0, 'rolled back')");
      try (PreparedStatement statement = other.prepareStatement("SELECT pg_terminate_backend(?, ?)")) {
        statement.setInt(1, victim.key().processId());
        statement.setInt(2, 20_000);
        try (ResultSet result = statement.executeQuery()) {
          assertThat(result.next() && result.getBoolean(1)).isTrue();
        }
      }
      ErrorFields fields = WireClient.errorIn(victim.readToEnd());
      assertThat(fields.code() + " " + fields.message()).isEqualTo("57P01 terminating connection due to administrator command");
    }
    assertThat(cluster.value("SELECT count(*) FROM notes WHERE text = 'rolled back'")).isEqualTo("0");
  }

  @Test
  void aSessionInTheMiddleOfAnExtendedStatementIsEndedAtOnce() {
    try (WireClient victim = cluster.wire(); WireClient other = cluster.wire()) {
      victim.send(
          out -> {
            FrontendWriter.parse(out, "", "SELECT pg_sleep(60) /* extended */".getBytes(StandardCharsets.UTF_8), new int[0]);
            FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.sync(out);
          });
      awaitRunning("extended");
      assertThat(other.value("SELECT pg_terminate_backend(" + own(victim) + ", 10000)")).isEqualTo("t");
      assertThat(WireClient.errorIn(victim.readToEnd()).code()).isEqualTo("57P01");
    }
  }

  /// Holds what the commit of a row in `late` waits for, until it is closed.
  private static Connection holdingUp() throws SQLException {
    Connection holder = cluster.connectToShard("s1");
    try (Statement statement = holder.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(4711)");
    }
    return holder;
  }

  /// Sends a COMMIT that waits, and has the session ended by one that waits for its end.
  private static void waitForTheEnd(WireClient victim, WireClient waiting) {
    victim.query("BEGIN");
    victim.query("INSERT INTO late VALUES (" + own(victim) + ")");
    victim.sendQuery("COMMIT");
    await().untilAsserted(
        () -> assertThat(cluster.valueOn("s1", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted")).isEqualTo("1"));
    waiting.sendQuery("SELECT pg_terminate_backend(" + own(victim) + ", 600000)");
    assertThat(WireClient.errorIn(victim.readToEnd()).code()).isEqualTo("57P01");
  }

  private static String lateRows(WireClient victim) {
    return cluster.value("SELECT count(*) FROM late WHERE pid = " + own(victim));
  }

  @Test
  void aSessionEndsWhenItsCommitHas() throws SQLException {
    try (WireClient victim = cluster.wire(); WireClient waiting = cluster.wire()) {
      try (Connection holder = holdingUp()) {
        waitForTheEnd(victim, waiting);
        assertThat(waiting.isSilentFor(200)).isTrue();
        assertThat(holder.isClosed()).isFalse();
      }
      assertThat(waiting.readToReady().toString()).contains("SELECT 1").doesNotContain("did not terminate");
      assertThat(lateRows(victim)).isEqualTo("1");
    }
  }

  @Test
  void theWaitForASessionsEndIsCancelled() throws SQLException {
    try (WireClient victim = cluster.wire(); WireClient waiting = cluster.wire()) {
      try (Connection holder = holdingUp()) {
        waitForTheEnd(victim, waiting);
        assertThat(cluster.value("SELECT pg_cancel_backend(" + own(waiting) + ")")).isEqualTo("t");
        ErrorFields error = WireClient.errorIn(waiting.readToReady());
        assertThat(error.code() + " " + error.message()).isEqualTo("57014 canceling statement due to user request");
        assertThat(waiting.value("SELECT 1")).isEqualTo("1");
        assertThat(holder.isClosed()).isFalse();
      }
      await().untilAsserted(() -> assertThat(lateRows(victim)).isEqualTo("1"));
    }
  }

  @Test
  void theWaitForASessionsEndHasTheStatementsTime() throws SQLException {
    try (WireClient victim = cluster.wire(); WireClient waiting = cluster.wire(); Connection holder = holdingUp()) {
      waiting.query("SET statement_timeout = '0.3s'");
      waitForTheEnd(victim, waiting);
      ErrorFields error = WireClient.errorIn(waiting.readToReady());
      assertThat(error.code() + " " + error.message()).isEqualTo("57014 canceling statement due to statement timeout");
      assertThat(waiting.value("SELECT 1")).isEqualTo("1");
      assertThat(holder.isClosed()).isFalse();
    }
  }

  /// Both connections of the pool are taken: the third session gets one only when the waiting one has let go.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoWaitsForASessionsEndEndsHimself(boolean byNumber) throws SQLException {
    try (WireClient other = cluster.wire(); WireClient victim = cluster.wire(); WireClient waiting = cluster.wire(); Connection holder = holdingUp()) {
      waiting.query("BEGIN");
      waiting.query("INSERT INTO notes VALUES (1, 'waits')");
      waitForTheEnd(victim, waiting);
      if (byNumber) {
        assertThat(other.value("SELECT pg_terminate_backend(" + own(waiting) + ", 10000)")).isEqualTo("t");
        assertThat(WireClient.errorIn(waiting.readToEnd()).code()).isEqualTo("57P01");
      } else {
        waiting.reset();
      }
      assertThat(other.value("SELECT count(*) FROM notes WHERE text = 'waits'")).isEqualTo("0");
      assertThat(holder.isClosed()).isFalse();
    }
  }

  @Test
  void whoSignalsHimselfIsAnsweredAsByPostgresql() {
    try (WireClient client = cluster.wire()) {
      assertThat(client.error("SELECT pg_cancel_backend(pg_backend_pid())").code()).isEqualTo("57014");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
      client.sendQuery("SELECT pg_terminate_backend(pg_backend_pid())");
      assertThat(WireClient.errorIn(client.readToEnd()).code()).isEqualTo("57P01");
    }
  }

  @Test
  void whoMayNotSignalIsToldSo() {
    try (WireClient victim = cluster.wire(); WireClient other = WireClient.login(cluster.port(), "signal_other", "other", cluster.database())) {
      for (String function : List.of("pg_cancel_backend", "pg_terminate_backend")) {
        ErrorFields error = other.error("SELECT " + function + "(" + own(victim) + ")");
        assertThat(error.code() + " " + error.message())
            .isEqualTo("42501 permission denied to " + (function.equals("pg_cancel_backend") ? "cancel query" : "terminate process"));
      }
      assertThat(victim.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aNumberThatIsNobodysIsAWarning() {
    try (WireClient client = cluster.wire()) {
      List<BackendMessage> answer = client.query("SELECT pg_cancel_backend(2147483647)");
      assertThat(answer.toString()).contains("PID 2147483647 is not a PostgreSQL backend process");
      assertThat(client.value("SELECT pg_cancel_backend(2147483647) AS x")).isEqualTo("f");
      assertThat(client.value("SELECT pg_cancel_backend(NULL)")).isEqualTo("NULL");
    }
  }

  @Test
  void aServersProcessIsTheServersToSignal() {
    try (WireClient client = cluster.wire()) {
      assertThat(client.query("SELECT pg_cancel_backend(4194304)").toString()).contains("PID 4194304 is not a PostgreSQL backend process");
      assertThat(client.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = 4194304")).contains(new CommandComplete("SELECT 0"));
      assertThat(client.error("SELECT pg_cancel_backend(pid) FROM notes").message()).isEqualTo("pg_cancel_backend() can't be answered in this place");
    }
  }

  @Test
  void aListenerKnowsItsOwnNotifications() {
    try (WireClient client = cluster.wire()) {
      client.query("LISTEN mine");
      List<BackendMessage> answer = client.query("NOTIFY mine, 'x'");
      assertThat(answer).contains(new NotificationResponse(client.key().processId(), "mine", "x"));
    }
  }
}
