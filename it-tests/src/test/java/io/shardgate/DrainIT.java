package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A proxy that is told to end: what is under way is finished, and nobody is left without a word.
final class DrainIT {
  private static void assertToldToGo(WireClient client) {
    ErrorFields fields = WireClient.errorIn(client.readToEnd());
    assertThat(fields.severity()).isEqualTo("FATAL");
    assertThat(fields.code()).isEqualTo("57P01");
    assertThat(fields.message()).isEqualTo("terminating connection due to administrator command");
  }

  @Test
  void transactionsEndAndIdleClientsGoAtOnce() throws Exception {
    try (TestCluster cluster = TestCluster.start("groups: { g: { strategy: hash, key: bigint, tables: { t: id } } }")) {
      cluster.execute("CREATE TABLE t (id bigint PRIMARY KEY)");
      try (WireClient idle = cluster.wire(); WireClient busy = cluster.wire(); WireClient block = cluster.wire()) {
        block.query("BEGIN");
        block.query("INSERT INTO t VALUES (1), (2), (3), (4), (5), (6)");
        busy.sendQuery("SELECT pg_sleep(1), 'finished'");
        await().until(() -> cluster.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%finished%' AND pid <> pg_backend_pid()").equals("1"));
        CompletableFuture<Void> drained = CompletableFuture.runAsync(cluster::drain);
        assertToldToGo(idle);
        assertThat(cluster.http("/health/ready").statusCode()).isEqualTo(503);
        assertThat(cluster.http("/health/ready").body()).contains("shutdown: this proxy was told to end");
        assertThat(cluster.http("/health/live").statusCode()).isEqualTo(200);
        await().untilAsserted(() -> assertThatThrownBy(cluster::wire).hasRootCauseInstanceOf(java.net.ConnectException.class));
        assertThat(busy.readToReady()).anyMatch(BackendMessage.DataRow.class::isInstance);
        assertToldToGo(busy);
        assertThat(drained).isNotDone();
        assertThat(block.query("INSERT INTO t VALUES (7)").getLast()).isEqualTo(new BackendMessage.ReadyForQuery('T'));
        assertThat(block.query("COMMIT")).contains(new BackendMessage.CommandComplete("COMMIT"));
        assertToldToGo(block);
        drained.get(10, TimeUnit.SECONDS);
      }
      cluster.restartProxy();
      for (int id = 1; id <= 7; id++) {
        assertThat(cluster.value("SELECT id FROM t WHERE id = " + id)).isEqualTo(String.valueOf(id));
      }
    }
  }

  @Test
  void whoDoesNotEndIsRolledBackWhenTheTimeIsOver() {
    try (TestCluster cluster =
        TestCluster.start("", config -> config.withClients(config.clients().withDrainTimeout(Duration.ofMillis(300))))) {
      cluster.execute("CREATE TABLE h (id bigint)");
      try (WireClient block = cluster.wire(); WireClient busy = cluster.wire()) {
        block.query("BEGIN");
        block.query("INSERT INTO h VALUES (1)");
        busy.sendQuery("SELECT pg_sleep(60)");
        cluster.drain();
        assertToldToGo(block);
        assertToldToGo(busy);
      }
      cluster.restartProxy();
      assertThat(cluster.value("SELECT count(*) FROM h")).isEqualTo("0");
    }
  }
}
