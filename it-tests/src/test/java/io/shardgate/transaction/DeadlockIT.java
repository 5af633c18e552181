package io.shardgate.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Transactions that wait for each other's rows on different shards: no server sees the whole, the proxy ends one of them.
final class DeadlockIT {
  private static TestCluster cluster;
  private static Accounts accounts;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(Accounts.TOPOLOGY);
    accounts = new Accounts(cluster);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theYoungestOfTwoIsEndedAndTheOtherGoesOn(boolean extended) {
    double before = cluster.metrics().sum("shardgate_deadlocks_total");
    try (WireClient elder = begun(); WireClient younger = begun()) {
      run(elder, accounts.update("s1", 0, 1));
      run(younger, accounts.update("s2", 0, 2));
      ask(elder, extended, accounts.update("s2", 0, 1));
      awaitWaiters("s2", 1);
      ask(younger, extended, accounts.update("s1", 0, 2));
      ErrorFields error = WireClient.errorIn(younger.readToReady());
      assertThat(error.code()).isEqualTo("40001");
      assertThat(error.message()).isEqualTo("deadlock detected between transactions on several shards");
      assertThat(younger.error("SELECT 1").code()).as("as after any error").isEqualTo("25P02");
      younger.query("ROLLBACK");
      assertThat(elder.readToReady()).hasAtLeastOneElementOfType(BackendMessage.CommandComplete.class);
      assertThat(elder.query("COMMIT")).hasAtLeastOneElementOfType(BackendMessage.CommandComplete.class);
      assertThat(accounts.n("s1", 0)).isEqualTo(1);
      assertThat(accounts.n("s2", 0)).isEqualTo(1);
      assertThat(younger.value("SELECT n FROM account WHERE id = " + accounts.key("s1", 0))).as("the session lives").isEqualTo("1");
    }
    assertThat(cluster.metrics().sum("shardgate_deadlocks_total")).isEqualTo(before + 1);
  }

  /// a waits for b on s2, b for c on s3, c for d on s1, and d, which is on s1 alone, for a.
  @Test
  void aCircleMayGoThroughATransactionOnOneShard() {
    try (WireClient a = begun(); WireClient b = begun(); WireClient c = begun(); WireClient d = begun()) {
      run(a, accounts.update("s1", 1, 1));
      run(b, accounts.update("s2", 1, 1));
      run(c, accounts.update("s3", 1, 1));
      run(d, accounts.update("s1", 2, 1));
      ask(a, false, accounts.update("s2", 1, 2));
      awaitWaiters("s2", 1);
      ask(b, false, accounts.update("s3", 1, 2));
      awaitWaiters("s3", 1);
      ask(d, false, accounts.update("s1", 1, 2));
      awaitWaiters("s1", 1);
      ask(c, false, accounts.update("s1", 2, 2));
      assertThat(WireClient.errorIn(c.readToReady()).code()).isEqualTo("40001");
      c.query("ROLLBACK");
      for (WireClient each : List.of(b, a, d)) {
        assertThat(each.readToReady()).hasAtLeastOneElementOfType(BackendMessage.CommandComplete.class);
        each.query("COMMIT");
      }
      assertThat(accounts.n("s3", 1)).isEqualTo(2);
    }
  }

  /// What looks like it, and is none: everybody waits, in a line, for one who does nothing.
  @Test
  void aLongWaitIsNoDeadlock() {
    double before = cluster.metrics().sum("shardgate_deadlocks_total");
    try (WireClient idle = begun(); WireClient first = begun(); WireClient second = begun()) {
      run(idle, accounts.update("s1", 3, 1), accounts.update("s2", 3, 1));
      run(first, accounts.update("s3", 3, 1));
      run(second, accounts.update("s4", 3, 1));
      ask(first, false, accounts.update("s1", 3, 2));
      ask(second, false, accounts.update("s3", 3, 2));
      awaitWaiters("s1", 1);
      awaitWaiters("s3", 1);
      await().until(() -> cluster.valueOn("s3", "SELECT max(now() - query_start) > interval '4s' FROM pg_stat_activity WHERE wait_event_type = 'Lock'").equals("t"));
      idle.query("COMMIT");
      for (WireClient each : List.of(first, second)) {
        assertThat(each.readToReady()).hasAtLeastOneElementOfType(BackendMessage.CommandComplete.class);
        each.query("COMMIT");
      }
    }
    assertThat(cluster.metrics().sum("shardgate_deadlocks_total")).isEqualTo(before);
  }

  private static WireClient begun() {
    WireClient client = cluster.wire();
    client.query("BEGIN");
    return client;
  }

  private static void run(WireClient client, String... statements) {
    for (String statement : statements) {
      List<BackendMessage> heard = new ArrayList<>(client.query(statement));
      assertThat(heard).as(statement).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
    }
  }

  private static void ask(WireClient client, boolean extended, String statement) {
    if (!extended) {
      client.sendQuery(statement);
      return;
    }
    client.send(out -> {
      FrontendWriter.parse(out, "", statement.getBytes(StandardCharsets.UTF_8), new int[0]);
      FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    });
  }

  private static void awaitWaiters(String shard, int count) {
    await().until(() -> Integer.parseInt(cluster.valueOn(shard, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")) >= count);
  }
}
