package io.shardgate.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Servers that die, or are not set up, under a transaction over two of them. s1 is home, and so decides where it wrote.
final class ShardDeathIT {
  private static TestCluster cluster;
  private static Accounts accounts;

  @BeforeAll
  static void start() {
    cluster = TestCluster.startPrivate(2, Accounts.TOPOLOGY);
    accounts = new Accounts(cluster);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /// The decider commits on its own disk and waits for a standby that does not exist; its backend is ended there.
  @Test
  void aDecidersCommitWhoseReplyIsLostIsLearntFromTheDecider() throws Exception {
    cluster.executeOn("s1", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.valueOn("s1", "SELECT pg_reload_conf()");
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 1, 5), accounts.update("s2", 1, 5));
      client.sendQuery("COMMIT");
      String waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'app'";
      await().until(() -> !cluster.valueOn("s1", waiting).equals("no row"));
      cluster.valueOn("s1", "SELECT pg_terminate_backend((" + waiting + "))");
      List<BackendMessage> answer = client.readToReady();
      assertThat(answer).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
      assertThat(answer).contains(new BackendMessage.CommandComplete("COMMIT"));
      assertThat(accounts.n("s1", 1)).isEqualTo(5);
      assertThat(accounts.n("s2", 1)).isEqualTo(5);
      assertThat(accounts.prepared("s2")).isZero();
    } finally {
      cluster.executeOn("s1", "ALTER SYSTEM RESET synchronous_standby_names");
      cluster.valueOn("s1", "SELECT pg_reload_conf()");
    }
  }

  @Test
  void aDeciderThatDiesAndCanNotBeAskedLeavesTheOutcomeUnknownUntilItIsBack() throws Exception {
    try (WireClient client = cluster.wire()) {
      Accounts.Hold held = accounts.stop("s1", 4001);
      begin(client, accounts.update("s1", 2, 4001), accounts.update("s2", 2, 5));
      client.sendQuery("COMMIT");
      accounts.awaitStopped("s1", 4001);
      cluster.shard("s1").kill();
      List<BackendMessage> answer = client.readToReady();
      assertThat(WireClient.errorIn(answer).code()).isEqualTo("08007");
      assertThat(answer.stream().filter(BackendMessage.ErrorResponse.class::isInstance)).hasSize(1);
      held.close();
      cluster.restartShard("s1");
      await().atMost(Duration.ofSeconds(20)).until(() -> accounts.prepared("s2") == 0);
      assertThat(accounts.n("s1", 2)).isZero();
      assertThat(accounts.n("s2", 2)).isZero();
    }
  }

  @Test
  void aShardWithoutPreparedTransactionsRefusesAndSaysWhatToSet() throws Exception {
    cluster.executeOn("s2", "ALTER SYSTEM SET max_prepared_transactions = 0");
    cluster.shard("s2").stop();
    cluster.restartShard("s2");
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, 5));
      ErrorFields error = client.error("COMMIT");
      assertThat(error.code()).isEqualTo("55000");
      assertThat(error.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("max_prepared_transactions", "\"s2\""));
      assertThat(accounts.n("s1", 3)).isZero();
      begin(client, accounts.update("s2", 3, 5));
      assertThat(client.query("COMMIT")).contains(new BackendMessage.CommandComplete("COMMIT"));
    } finally {
      cluster.executeOn("s2", "ALTER SYSTEM SET max_prepared_transactions = 50");
      cluster.shard("s2").stop();
      cluster.restartShard("s2");
    }
  }

  @Test
  void objectsThatSomebodyDroppedAreMadeAgain() {
    cluster.executeOn("s1", "DROP SCHEMA shardgate CASCADE");
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 4, 5), accounts.update("s2", 4, 5));
      assertThat(client.error("COMMIT").code()).isEqualTo("3F000");
      assertThat(accounts.n("s2", 4)).isZero();
      begin(client, accounts.update("s1", 4, 5), accounts.update("s2", 4, 5));
      assertThat(client.query("COMMIT")).contains(new BackendMessage.CommandComplete("COMMIT"));
      assertThat(accounts.n("s2", 4)).isEqualTo(5);
    }
  }

  private static void begin(WireClient client, String... statements) {
    client.query("BEGIN");
    for (String sql : statements) {
      assertThat(client.query(sql)).as(sql).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
    }
  }
}
