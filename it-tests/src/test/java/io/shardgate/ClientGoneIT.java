package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
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
          """,
          config -> config.withPool(config.pool().withMaxConnections(2)));
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
    noTransactionIsOpen();
    for (String shard : CLUSTER.shardNames()) {
      assertThat(CLUSTER.valueOn(shard, "SELECT count(*) FROM customers")).as(shard).isEqualTo("0");
    }
    assertThat(CLUSTER.value("SELECT count(*) FROM home_rows")).isEqualTo("0");
    assertThat(LogWatch.linesSince(logged)).isEmpty();
  }

  /// The pool is small: were a connection not given back, the next client would wait for it in vain.
  @AfterEach
  void theConnectionsServeOthers() {
    for (int i = 0; i < 3; i++) {
      assertThat(CLUSTER.value("SELECT count(*) FROM home_rows")).isEqualTo("0");
      for (int id = 1; id <= 8; id++) {
        assertThat(CLUSTER.value("SELECT count(*) FROM customers WHERE id = " + id)).isEqualTo("0");
      }
    }
  }

  private static void noTransactionIsOpen() {
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
    }
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
  void inACopyOverAllShards() {
    WireClient client = CLUSTER.wire();
    client.sendQuery("COPY customers FROM STDIN");
    client.read(BackendMessage.CopyInResponse.class);
    client.send(ClientGoneIT::manyRows);
    client.reset();
  }

  @Test
  void inACopyOverAllShardsInATransaction() {
    WireClient client = CLUSTER.wire();
    client.query("BEGIN");
    client.query("INSERT INTO home_rows VALUES (1)");
    client.sendQuery("COPY customers FROM STDIN");
    client.read(BackendMessage.CopyInResponse.class);
    client.send(ClientGoneIT::manyRows);
    client.close();
  }

  private static void manyRows(ByteBuf out) {
    for (int id = 1; id <= 20_000; id++) {
      FrontendWriter.copyData(out, (id + "\tsome text that fills a block\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Test
  void inACopyOutOfAllShards() {
    fill(4_000);
    try {
      WireClient client = CLUSTER.wire();
      client.sendQuery("BEGIN; INSERT INTO home_rows VALUES (1); COPY customers TO STDOUT");
      client.read(BackendMessage.CommandComplete.class);
      client.read(BackendMessage.CommandComplete.class);
      client.read(BackendMessage.CopyOutResponse.class);
      client.read(BackendMessage.CopyData.class);
      client.reset();
      noTransactionIsOpen();
      assertThat(CLUSTER.value("SELECT count(*) FROM home_rows")).isEqualTo("0");
    } finally {
      CLUSTER.executeOnEach("TRUNCATE customers");
    }
  }

  @Test
  void inABigResultOfOneShardInATransactionOnSeveral() {
    fill(1);
    try {
      WireClient client = CLUSTER.wire();
      client.query("BEGIN");
      client.query("INSERT INTO home_rows VALUES (1)");
      client.query("UPDATE customers SET name = 'gone' WHERE id = 1");
      client.query("UPDATE customers SET name = 'gone' WHERE id = 2");
      client.sendQuery("SELECT repeat(name, 1000) FROM customers, generate_series(1, 1000000) WHERE id = 1");
      client.read();
      client.reset();
      noTransactionIsOpen();
      assertThat(CLUSTER.value("SELECT name FROM customers WHERE id = 1")).startsWith("x");
    } finally {
      CLUSTER.executeOnEach("TRUNCATE customers");
    }
  }

  /// Rows 1 to 8 and more, wide enough that no socket takes all of them, on the shards that the map says.
  private static void fill(int widthFactor) {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("COPY customers FROM STDIN");
      client.read(BackendMessage.CopyInResponse.class);
      String wide = "x".repeat(widthFactor);
      client.send(
          out -> {
            for (int id = 1; id <= 4_000; id++) {
              FrontendWriter.copyData(out, (id + "\t" + wide + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            FrontendWriter.copyDone(out);
          });
      assertThat(client.readToReady()).contains(new BackendMessage.CommandComplete("COPY 4000"));
    }
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
