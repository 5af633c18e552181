package io.shardgate.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.ProxyProcess;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A proxy that is killed, or stopped and woken, in the middle of commits; what it leaves is settled by another one.
final class ProxyDeathIT {
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(20);

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

  /// Four commits, each at another moment, when the proxy dies. Where the decider had not committed, nothing may stay; else all must.
  @Test
  void whateverMomentTheProxyIsKilledAtEachTransactionIsOnAllShardsOrOnNone() throws Exception {
    try (ProxyProcess proxy = ProxyProcess.start(cluster, Accounts.TOPOLOGY);
        WireClient atPrepare = login(proxy);
        WireClient afterPrepare = login(proxy);
        WireClient atDecision = login(proxy);
        WireClient afterDecision = login(proxy);
        Accounts.Hold one = accounts.stop("s2", 3001);
        Accounts.Hold two = accounts.stop("s2", 3002);
        Accounts.Hold three = accounts.stop("s1", 3003);
        Accounts.Hold four = accounts.stop("s1", 3004)) {
      commit(atPrepare, accounts.update("s1", 1, 1), accounts.update("s2", 1, 3001), accounts.update("s3", 1, 1));
      commit(afterPrepare, accounts.update("s1", 2, 1), accounts.update("s2", 2, 3002), accounts.update("s3", 2, 1));
      commit(atDecision, accounts.update("s1", 3, 3003), accounts.update("s2", 3, 1), accounts.update("s3", 3, 1));
      commit(afterDecision, accounts.update("s1", 4, 3004), accounts.update("s2", 4, 1), accounts.update("s3", 4, 1));
      accounts.awaitStopped("s2", 3001);
      accounts.awaitStopped("s2", 3002);
      accounts.awaitStopped("s1", 3003);
      accounts.awaitStopped("s1", 3004);
      proxy.signal("STOP");
      two.release();
      four.release();
      await().until(() -> accounts.prepared("s2") == 3);
      await().until(() -> accounts.n("s1", 4) == 3004);
      proxy.signal("KILL");
      one.release();
      three.release();
      await().atMost(SETTLED_WITHIN).untilAsserted(() -> {
        for (String shard : cluster.shardNames()) {
          assertThat(accounts.prepared(shard)).isZero();
        }
      });
      for (String shard : new String[] {"s1", "s2", "s3"}) {
        assertThat(accounts.n(shard, 1)).as("killed at PREPARE, %s", shard).isZero();
        assertThat(accounts.n(shard, 2)).as("killed after PREPARE, %s", shard).isZero();
        assertThat(accounts.n(shard, 3)).as("killed at the decider's COMMIT, %s", shard).isNotZero();
        assertThat(accounts.n(shard, 4)).as("killed after the decider's COMMIT, %s", shard).isNotZero();
      }
    }
  }

  /// The easy version sees no verdict and rolls back; then the owner wakes and commits the other half.
  @Test
  void aProxyThatWakesAfterItsTransactionWasSweptCommitsNothing() throws Exception {
    try (ProxyProcess proxy = ProxyProcess.start(cluster, Accounts.TOPOLOGY); WireClient client = login(proxy)) {
      try (Accounts.Hold _ = accounts.stop("s2", 3005)) {
        commit(client, accounts.update("s1", 5, 1), accounts.update("s2", 5, 3005));
        accounts.awaitStopped("s2", 3005);
        proxy.signal("STOP");
      }
      await().until(() -> accounts.prepared("s2") == 1);
      await().atMost(SETTLED_WITHIN).until(() -> accounts.prepared("s2") == 0);
      assertThat(accounts.n("s2", 5)).isZero();
      proxy.signal("CONT");
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("40001");
      assertThat(accounts.n("s1", 5)).isZero();
      assertThat(accounts.n("s2", 5)).isZero();
      assertThat(client.value("SELECT n FROM account WHERE id = " + accounts.key("s1", 5))).isEqualTo("0");
    }
  }

  /// The record of a key is on the disk before its first row is sent: no acknowledged row is ever looked for on another shard.
  @Test
  void keysOfTheDirectoryOutliveAProxyThatIsKilledWhileItPlacesThem() throws Exception {
    String topology = "groups: { place: { strategy: directory, key: text, tables: { placed: k } } }";
    cluster.executeOnEach("CREATE TABLE placed (k text, n int, PRIMARY KEY (k, n))");
    cluster.executeOnEach("ALTER TABLE placed OWNER TO " + TestCluster.ROLE);
    Path folder = Files.createTempDirectory("shardgate-test-keys");
    Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    try (ProxyProcess proxy = ProxyProcess.start(cluster, topology, folder); ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int thread = 0; thread < 4; thread++) {
        int mine = thread;
        threads.submit(() -> {
          try (WireClient client = login(proxy)) {
            for (int i = 0; client.query("INSERT INTO placed VALUES ('k" + mine + "-" + i + "', 1)").stream().noneMatch(BackendMessage.ErrorResponse.class::isInstance); i++) {
              acknowledged.add("k" + mine + "-" + i);
            }
          }
        });
      }
      await().until(() -> acknowledged.size() >= 100);
      proxy.kill();
    }
    try (ProxyProcess proxy = ProxyProcess.start(cluster, topology, folder); WireClient client = login(proxy)) {
      int rows = 0;
      for (String shard : cluster.shardNames()) {
        for (String key : cluster.valueOn(shard, "SELECT coalesce(string_agg(k, ','), '') FROM placed").split(",")) {
          if (!key.isEmpty()) {
            rows++;
            assertThat(client.query("INSERT INTO placed VALUES ('" + key + "', 2)")).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
            assertThat(cluster.valueOn(shard, "SELECT count(*) FROM placed WHERE k = '" + key + "'")).as(key).isEqualTo("2");
          }
        }
      }
      assertThat(rows).isGreaterThanOrEqualTo(acknowledged.size());
      for (String key : acknowledged) {
        assertThat(client.value("SELECT count(*) FROM placed WHERE k = '" + key + "'")).as(key).isEqualTo("2");
      }
    }
  }

  private static WireClient login(ProxyProcess proxy) {
    return WireClient.login(proxy.port(), TestCluster.ROLE, TestCluster.PASSWORD, cluster.database());
  }

  private static void commit(WireClient client, String... statements) {
    client.query("BEGIN");
    for (String sql : statements) {
      assertThat(client.query(sql)).as(sql).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
    }
    client.sendQuery("COMMIT");
  }
}
