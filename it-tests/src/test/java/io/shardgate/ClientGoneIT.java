package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Clients that vanish: what they had open is rolled back on every shard at once, and the connections serve others.
final class ClientGoneIT {
  private static final TestCluster CLUSTER =
      TestCluster.start(
          """
          groups:
            customer: { strategy: hash, key: bigint, tables: { customers: id } }
          """);
  private int logged;

  @BeforeAll
  static void tables() {
    CLUSTER.executeOnEach(
        "CREATE TABLE home_rows (a int PRIMARY KEY); CREATE TABLE customers (id bigint PRIMARY KEY, name text);"
            + " ALTER TABLE home_rows OWNER TO app; ALTER TABLE customers OWNER TO app");
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  @BeforeEach
  void rememberTheLog() {
    logged = LogWatch.lines().size();
  }

  /// Everything is rolled back within two seconds, no lock is left, nothing runs, and the log has no word of it.
  @AfterEach
  void nothingIsLeft() {
    for (String shard : CLUSTER.shardNames()) {
      await()
          .atMost(Duration.ofSeconds(2))
          .untilAsserted(
              () ->
                  assertThat(
                          CLUSTER.valueOn(
                              shard,
                              "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database()"
                                  + " AND (state <> 'idle' OR xact_start IS NOT NULL)"))
                      .as(shard)
                      .isEqualTo("0"));
      assertThat(CLUSTER.valueOn(shard, "SELECT count(*) FROM customers")).as(shard).isEqualTo("0");
    }
    assertThat(CLUSTER.value("SELECT count(*) FROM home_rows")).isEqualTo("0");
    assertThat(LogWatch.linesSince(logged)).isEmpty();
  }

  @Test
  void inATransactionOnOneShard() {
    WireClient client = CLUSTER.wire();
    client.query("BEGIN");
    client.query("INSERT INTO home_rows VALUES (1)");
    client.close();
  }

  @Test
  void inATransactionOnAllShards() {
    WireClient client = CLUSTER.wire();
    client.query("BEGIN");
    for (int id = 1; id <= 20; id++) {
      assertThat(client.query("INSERT INTO customers VALUES (" + id + ", 'x')")).contains(new BackendMessage.CommandComplete("INSERT 0 1"));
    }
    client.reset();
  }

  @Test
  void whileAStatementRuns() {
    WireClient client = CLUSTER.wire();
    client.sendQuery("INSERT INTO home_rows SELECT 1 FROM pg_sleep(60)");
    await()
        .untilAsserted(
            () ->
                assertThat(CLUSTER.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'INSERT INTO home_rows SELECT%'"))
                    .isEqualTo("1"));
    client.close();
  }

  @Test
  void inACopy() {
    WireClient client = CLUSTER.wire();
    client.sendQuery("COPY home_rows FROM STDIN");
    client.read(BackendMessage.CopyInResponse.class);
    client.send(out -> FrontendWriter.copyData(out, "1\n2\n".getBytes(StandardCharsets.US_ASCII)));
    client.close();
  }

  @Test
  void inAResultThatItDoesNotRead() {
    WireClient client = CLUSTER.wire();
    client.sendQuery("BEGIN; INSERT INTO home_rows VALUES (1); SELECT repeat('x', 1000) FROM generate_series(1, 1000000)");
    client.read();
    client.close();
  }

  @Test
  void inAnOpenBatchOfTheExtendedProtocol() {
    WireClient client = CLUSTER.wire();
    client.send(
        out -> {
          FrontendWriter.parse(out, "", "INSERT INTO home_rows VALUES (7)".getBytes(StandardCharsets.US_ASCII), new int[0]);
          FrontendWriter.bind(out, "", "", new int[0], java.util.List.of(), new int[0]);
          FrontendWriter.execute(out, "", 0);
          FrontendWriter.flush(out);
        });
    client.read(BackendMessage.ParseComplete.class);
    client.read(BackendMessage.BindComplete.class);
    client.read(BackendMessage.CommandComplete.class);
    client.close();
  }

  @Test
  void withATerminateInATransaction() {
    WireClient client = CLUSTER.wire();
    client.query("BEGIN");
    client.query("INSERT INTO home_rows VALUES (1)");
    client.send(FrontendWriter::terminate);
    assertThat(client.readToEnd()).isEmpty();
  }
}
