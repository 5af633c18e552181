package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Timeouts that servers keep: what they end is told, and never takes the client's own connection.
@Timeout(60)
final class SessionTimeoutIT {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("");
    cluster.execute("CREATE TABLE things (id int)", "INSERT INTO things VALUES (1)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String backend(WireClient client) {
    return client.value("SELECT pid FROM pg_stat_activity WHERE pid = pg_backend_pid()"); // the number alone is the client's
  }

  private static void awaitEndOf(String backend) {
    await().atMost(Duration.ofSeconds(30)).until(() -> connections(backend).equals("0"));
  }

  @Test
  void statementTimeoutIsPostgresOwn() {
    try (WireClient client = cluster.wire()) {
      client.query("SET statement_timeout = '50ms'");
      assertThat(client.error("SELECT pg_sleep(30)").code()).isEqualTo("57014");
      client.query("SET statement_timeout = 0");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aTransactionThatSatIdleForTooLongHasFailed() {
    endedInATransaction("idle_in_transaction_session_timeout", "25P03");
  }

  @Test
  void aTransactionThatTookTooLongHasFailed() {
    endedInATransaction("transaction_timeout", "25P04");
  }

  private static void endedInATransaction(String timeout, String code) {
    try (WireClient client = cluster.wire()) {
      client.query("SET " + timeout + " = '100ms'");
      client.query("BEGIN");
      client.query("INSERT INTO things VALUES (2)");
      awaitEndOf(backend(client));
      assertThat(client.error("SELECT count(*) FROM things").code()).isEqualTo(code);
      assertThat(client.error("SELECT 1").code()).isEqualTo("25P02");
      client.query("ROLLBACK");
      assertThat(client.value("SELECT count(*) FROM things")).isEqualTo("1");
    }
  }

  @Test
  void aServerConnectionThatNobodyHoldsIsNotEnded() throws InterruptedException {
    try (WireClient client = cluster.wire()) {
      client.query("SET idle_session_timeout = '2s'");
      String resting = backend(client);
      assertThat(client.value("SHOW idle_session_timeout")).isEqualTo("2s");
      Thread.sleep(3_000);
      assertThat(connections(resting)).isEqualTo("1");
      assertThat(client.value("SELECT current_setting('idle_session_timeout')")).isEqualTo("2s");
      client.query("RESET idle_session_timeout");
      assertThat(client.value("SHOW idle_session_timeout")).isEqualTo("0");
    }
  }

  @Test
  void aSessionThatHoldsAServerConnectionEndsWithIt() {
    try (WireClient client = cluster.wire()) {
      client.query("SET idle_session_timeout = '1s'");
      client.query("LISTEN something");
      assertThat(client.read(BackendMessage.ErrorResponse.class).fields().code()).isEqualTo("57P05");
    }
  }

  @Test
  void aTimeoutOfTheRoleOrTheServerIsShownAndEndsNothingThatRests() throws InterruptedException {
    cluster.shard("s1").execute("ALTER SYSTEM SET idle_session_timeout = '2s'");
    cluster.shard("s1").execute("SELECT pg_reload_conf()");
    try (WireClient client = cluster.wire()) {
      assertThat(client.value("SHOW idle_session_timeout")).isEqualTo("2s");
      String resting = backend(client);
      Thread.sleep(3_000);
      assertThat(connections(resting)).isEqualTo("1");
      client.query("SET idle_session_timeout = 0");
      assertThat(client.value("SHOW idle_session_timeout")).isEqualTo("0");
      client.query("RESET idle_session_timeout");
      assertThat(client.value("SHOW idle_session_timeout")).isEqualTo("2s");
    } finally {
      cluster.shard("s1").execute("ALTER SYSTEM RESET idle_session_timeout");
      cluster.shard("s1").execute("SELECT pg_reload_conf()");
    }
  }

  private static String connections(String backend) {
    return cluster.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend);
  }
}
