package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.Scrape;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.FrontendWriter;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Every meter moves when what it counts happens.
final class MetricsIT {
  private static final TestCluster CLUSTER =
      TestCluster.start(
          """
          groups:
            customer: { strategy: hash, key: bigint, tables: { customers: id } }
          """,
          config -> config.withPool(config.pool().withMaxConnections(1).withQueue(100, Duration.ofMillis(700))));

  @BeforeAll
  static void tables() {
    CLUSTER.executeOnEach("CREATE TABLE customers (id bigint PRIMARY KEY, name text); ALTER TABLE customers OWNER TO app");
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private static double growth(Runnable action, String meter, String... labels) {
    double before = CLUSTER.metrics().sum(meter, labels);
    action.run();
    return CLUSTER.metrics().sum(meter, labels) - before;
  }

  @Test
  void clientsAndLoginsAreCounted() {
    assertThat(growth(() -> CLUSTER.wire().close(), "shardgate_logins_total")).isEqualTo(1);
    assertThat(growth(() -> CLUSTER.wire().close(), "shardgate_clients_accepted_total")).isEqualTo(1);
    await().untilAsserted(() -> assertThat(CLUSTER.metrics().sum("shardgate_clients")).isZero());
    try (WireClient _ = CLUSTER.wire(); WireClient _ = CLUSTER.wire()) {
      assertThat(CLUSTER.metrics().sum("shardgate_clients")).isEqualTo(2);
    }
  }

  @Test
  void errorsAreCountedBySqlstateWhoeverRaisedThem() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(growth(() -> client.error("SELECT 1/0"), "shardgate_errors_total", "sqlstate=\"22012\"")).isEqualTo(1);
      assertThat(growth(() -> client.error("SET client_encoding TO 'SJIS'"), "shardgate_errors_total", "sqlstate=\"0A000\"")).isEqualTo(1);
    }
  }

  @Test
  void plansAreCountedByKind() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(growth(() -> client.query("SELECT 1"), "shardgate_plans_total", "kind=\"Forward\"")).isEqualTo(1);
      assertThat(growth(() -> client.query("BEGIN; COMMIT"), "shardgate_plans_total", "kind=\"Local\"")).isEqualTo(2);
    }
  }

  @Test
  void refusalsAreCountedByTheirIdAlsoWhenThePlanCacheRemembersThem() {
    try (WireClient client = CLUSTER.wire()) {
      for (int i = 0; i < 2; i++) {
        assertThat(growth(() -> client.error("UPDATE customers SET id = id"), "shardgate_refusals_total", "id=\"multi_shard_write\"")).isEqualTo(1);
      }
      assertThat(growth(() -> client.error("UPDATE customers SET id = 2 WHERE id = 1"), "shardgate_refusals_total", "id=\"key_update\"")).isEqualTo(1);
      assertThat(growth(() -> client.error("UPDATE customers SET id = id"), "shardgate_plans_total", "kind=\"Refuse\"")).isEqualTo(1);
    }
  }

  @Test
  void thePlanCacheIsSeenHitAndMissedAndFull() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(growth(() -> client.query("SELECT name FROM customers WHERE id = 1 AND name <> 'a'"), "shardgate_plan_cache_misses_total")).isEqualTo(1);
      double bytes = CLUSTER.metrics().sum("shardgate_plan_cache_bytes");
      assertThat(bytes).isPositive();
      assertThat(growth(() -> client.query("SELECT name FROM customers WHERE id = 2 AND name <> 'b'"), "shardgate_plan_cache_hits_total")).isEqualTo(1);
      assertThat(growth(() -> client.query("SELECT name FROM customers WHERE id = 3 AND name <> 'c'"), "shardgate_plan_cache_misses_total")).isZero();
      assertThat(growth(() -> client.query("SELECT id, name, 'another shape' FROM customers WHERE id = 3"), "shardgate_plan_cache_bytes")).isPositive();
    }
  }

  @Test
  void cancelsAreCounted() {
    try (WireClient client = CLUSTER.wire()) {
      double before = CLUSTER.metrics().sum("shardgate_cancels_total");
      try (WireClient request = CLUSTER.tcp()) {
        request.send(out -> FrontendWriter.cancel(out, client.key().processId(), client.key().key()));
        request.readToEnd();
      }
      await().untilAsserted(() -> assertThat(CLUSTER.metrics().sum("shardgate_cancels_total") - before).isEqualTo(1));
    }
  }

  @Test
  void thePoolIsSeenOpenIdleAndWaitedFor() {
    try (WireClient holder = CLUSTER.wire(); WireClient waiting = CLUSTER.wire()) {
      holder.query("BEGIN");
      holder.query("SELECT 1");
      Scrape held = CLUSTER.metrics();
      assertThat(held.sum("shardgate_pool_connections", "shard=\"s1\"")).isEqualTo(1);
      assertThat(held.sum("shardgate_pool_idle", "shard=\"s1\"")).isZero();
      double waited = held.sum("shardgate_pool_wait_seconds_sum", "shard=\"s1\"");
      waiting.sendQuery("SELECT 2");
      await().untilAsserted(() -> assertThat(CLUSTER.metrics().sum("shardgate_pool_waiting", "shard=\"s1\"")).isEqualTo(1));
      holder.query("SELECT pg_sleep(0.1)");
      holder.query("COMMIT");
      waiting.readToReady();
      Scrape after = CLUSTER.metrics();
      assertThat(after.sum("shardgate_pool_waiting", "shard=\"s1\"")).isZero();
      assertThat(after.sum("shardgate_pool_idle", "shard=\"s1\"")).isEqualTo(1);
      assertThat(after.sum("shardgate_pool_wait_seconds_sum", "shard=\"s1\"") - waited).isBetween(0.1, 3.0);
      assertThat(after.sum("shardgate_pool_wait_seconds_bucket", "shard=\"s1\"", "le=\"+Inf\"")).isPositive();
    }
  }

  @Test
  void whoGetsNoConnectionIsCounted() {
    try (WireClient holder = CLUSTER.wire(); WireClient waiting = CLUSTER.wire()) {
      holder.query("BEGIN");
      holder.query("SELECT 1");
      assertThat(growth(() -> assertThat(waiting.error("SELECT 2").code()).isEqualTo("53300"), "shardgate_pool_rejected_total", "shard=\"s1\"")).isEqualTo(1);
      holder.query("COMMIT");
    }
  }

  @Test
  void connectionsAreCountedAsTheyOpenAndClose() {
    try (WireClient client = CLUSTER.wire()) {
      client.query("SELECT 1");
      double opened = CLUSTER.metrics().sum("shardgate_pool_opened_total", "shard=\"s1\"");
      double closed = CLUSTER.metrics().sum("shardgate_pool_closed_total", "shard=\"s1\"");
      client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = pg_backend_pid()");
      await().untilAsserted(() -> assertThat(CLUSTER.metrics().sum("shardgate_pool_closed_total", "shard=\"s1\"") - closed).isEqualTo(1));
      client.query("SELECT 1");
      assertThat(CLUSTER.metrics().sum("shardgate_pool_opened_total", "shard=\"s1\"") - opened).isEqualTo(1);
    }
  }

  @Test
  void theLatencyOfAShardIsAHistogram() {
    try (WireClient client = CLUSTER.wire()) {
      client.query("SELECT 'the settings are on the connection now'");
      assertThat(growth(() -> client.query("SELECT 1"), "shardgate_shard_latency_seconds_count", "shard=\"s1\"")).isEqualTo(1);
      assertThat(growth(() -> client.query("SELECT pg_sleep(0.3)"), "shardgate_shard_latency_seconds_sum", "shard=\"s1\"")).isBetween(0.3, 3.0);
      assertThat(CLUSTER.metrics().sum("shardgate_shard_latency_seconds_bucket", "shard=\"s1\"", "le=\"+Inf\"")).isPositive();
    }
  }

  @Test
  void thePagesSayWhatTheyAre() {
    assertThat(CLUSTER.http("/metrics").headers().firstValue("content-type")).hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
    assertThat(CLUSTER.http("/health/live").body()).isEqualTo("live\n");
    assertThat(CLUSTER.http("/health/ready").body()).isEqualTo("ready\n");
    assertThat(CLUSTER.http("/nothing").statusCode()).isEqualTo(404);
  }
}
