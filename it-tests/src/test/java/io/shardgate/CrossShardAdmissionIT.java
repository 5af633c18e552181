package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many more transactions over several shards than the shards have connections: all of them finish, none with an error.
@Timeout(120)
final class CrossShardAdmissionIT {
  private static final int CLIENTS = 64;
  private static final int ROUNDS = 6;
  private static final int CAP = 4;
  private static final int TELLERS = 12;

  private static final TestCluster CLUSTER =
      TestCluster.start(
          """
          groups:
            account: { strategy: hash, key: bigint, tables: { accounts: aid } }
            teller: { strategy: hash, key: bigint, tables: { tellers: tid } }
          """,
          config -> config.withPool(config.pool().withMaxConnections(CAP)));

  @BeforeAll
  static void tables() throws SQLException {
    try (Connection connection = CLUSTER.connect(); Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE accounts (aid bigint PRIMARY KEY, balance int NOT NULL)");
      statement.execute("CREATE TABLE tellers (tid bigint PRIMARY KEY, balance int NOT NULL)");
      for (int id = 0; id < 100; id++) {
        statement.execute("INSERT INTO accounts VALUES (" + id + ", 0)");
      }
      for (int id = 0; id < TELLERS; id++) {
        statement.execute("INSERT INTO tellers VALUES (" + id + ", 0)");
      }
    }
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  /// Rows of few tellers are locked by many at one time, always after an account's: only pools could close a cycle.
  private static Void transfers(int client) throws SQLException {
    Random random = new Random(client);
    try (Connection connection = CLUSTER.connect(); Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int round = 0; round < ROUNDS; round++) {
        statement.execute("UPDATE accounts SET balance = balance + 1 WHERE aid = " + random.nextInt(100));
        statement.execute("UPDATE tellers SET balance = balance + 1 WHERE tid = " + random.nextInt(TELLERS));
        connection.commit();
      }
    }
    return null;
  }

  private static Void singles(int client) throws SQLException {
    try (Connection connection = CLUSTER.connect(); Statement statement = connection.createStatement()) {
      for (int round = 0; round < 5 * ROUNDS; round++) {
        statement.execute("UPDATE accounts SET balance = balance WHERE aid = " + (client + round) % 100);
      }
    }
    return null;
  }

  private static void runAll(List<Callable<Void>> clients) throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> ended : threads.invokeAll(clients)) {
        ended.get();
      }
    }
  }

  private static long total(String table, String key, int rows) throws SQLException {
    long total = 0;
    try (Connection connection = CLUSTER.connect(); Statement statement = connection.createStatement()) {
      for (int id = 0; id < rows; id++) {
        var row = statement.executeQuery("SELECT balance FROM " + table + " WHERE " + key + " = " + id);
        row.next();
        total += row.getInt(1);
      }
    }
    return total;
  }

  @Test
  void sixtyFourTransactionsOverFourShardsWithFourConnectionsEachAllFinish() throws Exception {
    long before = total("tellers", "tid", TELLERS);
    List<Callable<Void>> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      clients.add(() -> transfers(client));
      if (i % 8 == 0) {
        clients.add(() -> singles(client));
      }
    }
    runAll(clients);
    assertThat(total("tellers", "tid", TELLERS) - before).isEqualTo(CLIENTS * ROUNDS);
    assertThat(total("accounts", "aid", 100)).isEqualTo(total("tellers", "tid", TELLERS));
  }

  /// A temporary table keeps its connection, which was taken from the one place set apart at home: would it keep that place and the only ticket, each
  /// transaction after it would wait for them.
  @Test
  void aConnectionThatStaysPinnedLeavesThePlaceThatWasSetApart() throws Exception {
    try (WireClient first = CLUSTER.wire(); WireClient second = CLUSTER.wire(); WireClient pinning = CLUSTER.wire()) {
      first.sendQuery("SELECT pg_sleep(1)");
      second.sendQuery("SELECT pg_sleep(1)");
      String sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
      while (!CLUSTER.valueOn("s1", sleeping).equals("2")) {
        Thread.onSpinWait(); // each look is a login
      }
      pinning.query("BEGIN");
      for (int id = 0; id < 8; id++) {
        pinning.query("SELECT balance FROM accounts WHERE aid = " + id);
      }
      assertThat(pinning.query("CREATE TEMP TABLE mine AS SELECT 7 AS seven")).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
      assertThat(CLUSTER.valueOn("s1", sleeping)).as("statements that hold the common places").isEqualTo("2");
      pinning.query("COMMIT");
      first.readToReady();
      second.readToReady();
      long began = System.nanoTime();
      for (int i = 0; i < 5; i++) {
        transfers(i);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began)).as("30 transactions").isLessThan(Duration.ofSeconds(6));
      assertThat(pinning.value("SELECT seven FROM mine")).isEqualTo("7");
    }
  }

  /// One that holds the only ticket and those that wait for it vanish; were the ticket lost, each transaction after them would wait for it.
  @Test
  void clientsThatVanishWithATicketOrWaitingForOneLeaveIt() throws Exception {
    List<WireClient> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      WireClient client = CLUSTER.wire();
      client.query("BEGIN");
      clients.add(client);
    }
    for (int id = 90; id < 96; id++) {
      clients.getFirst().query("UPDATE accounts SET balance = balance WHERE aid = " + id);
    }
    clients.forEach(client -> client.sendQuery("UPDATE accounts SET balance = balance WHERE aid = 99"));
    clients.forEach(WireClient::close);
    long began = System.nanoTime();
    for (int i = 0; i < 5; i++) {
      transfers(i);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).as("30 transactions").isLessThan(Duration.ofSeconds(6));
  }
}
