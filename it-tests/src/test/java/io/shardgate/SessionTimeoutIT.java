package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
    return client.value("SELECT pg_backend_pid()");
  }

  private static void awaitEndOf(String backend) {
    while (!cluster.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend).equals("0")) {
      Thread.onSpinWait(); // each look is a login
    }
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
  void anIdleSessionIsNotEndedWithItsServerConnection() {
    try (WireClient client = cluster.wire()) {
      client.query("SET idle_session_timeout = '100ms'");
      for (int i = 0; i < 3; i++) {
        awaitEndOf(saidAgain(client, "SELECT pg_backend_pid()"));
        assertThat(saidAgain(client, "SELECT count(*) FROM things")).isEqualTo("1");
      }
    }
  }

  /// Another server connection may be ending at this very moment, which the statement that meets it is told; the session lives.
  private static String saidAgain(WireClient client, String sql) {
    List<BackendMessage> heard = client.query(sql);
    while (heard.getFirst() instanceof BackendMessage.ErrorResponse ended && ended.fields().code().equals("57P05")) {
      heard = client.query(sql);
    }
    BackendMessage.DataRow row =
        (BackendMessage.DataRow) heard.stream().filter(BackendMessage.DataRow.class::isInstance).findFirst().orElseThrow();
    return new String(row.values().getFirst(), StandardCharsets.UTF_8);
  }
}
