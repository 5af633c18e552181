package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.NotificationResponse;
import io.shardgate.pgwire.message.BackendMessage.ReadyForQuery;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.listen.Ears;
import io.shardgate.proxy.listen.Hearer;
import io.shardgate.proxy.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// LISTEN hears what is notified on any shard.
final class ListenIT {
  private static final int FLOOD = 5_000;
  private static final int FLOOD_PAYLOAD_CHARS = 7_900;

  /// What the driver gathers at most while nothing is handed on, and a message.
  private static final int HELD_CHARS_MAX = (256 << 10) + (16 << 10);

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("groups: { customer: { strategy: hash, key: bigint, tables: { customers: id } } }");
    cluster.execute(
        "CREATE TABLE customers (id bigint PRIMARY KEY, name text)",
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_notify(''Changes é'', NEW.id::text); RETURN NULL; END'",
        "CREATE FUNCTION listen() RETURNS void LANGUAGE plpgsql AS 'BEGIN LISTEN \"Changes é\"; END'",
        "CREATE TRIGGER tell AFTER INSERT ON customers FOR EACH ROW EXECUTE FUNCTION tell()");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static void insert(int id) {
    cluster.execute("DELETE FROM customers WHERE id = " + id, "INSERT INTO customers VALUES (" + id + ", 'x')");
  }

  /// Reads until there are so many notifications.
  private static List<String> heard(WireClient client, int count) {
    List<String> payloads = new ArrayList<>();
    while (payloads.size() < count) {
      payloads.add(client.read(NotificationResponse.class).payload());
    }
    return payloads;
  }

  private static int earsOn(String shard) {
    String sql =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + cluster.database() + "' AND application_name = 'shardgate service' AND query ~ '^(UN)?LISTEN'"
            + " AND pid <> pg_backend_pid()";
    return Integer.parseInt(cluster.valueOn(shard, sql));
  }

  @Test
  void whatEachShardNotifiesIsHeardOnce() {
    try (WireClient client = cluster.wire()) {
      client.query("LISTEN \"Changes é\"");
      List<String> ids = IntStream.rangeClosed(1, 16).mapToObj(Integer::toString).toList();
      await().untilAsserted( // those of an earlier test may be on their way out
          () -> assertThat(cluster.shardNames()).allSatisfy(shard -> assertThat(earsOn(shard)).isEqualTo(shard.equals("s1") ? 0 : 1)));
      ids.forEach(id -> insert(Integer.parseInt(id)));
      assertThat(cluster.shardNames()).allSatisfy(shard -> assertThat(cluster.valueOn(shard, "SELECT count(*) FROM customers")).isNotEqualTo("0"));
      assertThat(heard(client, ids.size())).containsExactlyInAnyOrderElementsOf(ids);
      assertThat(client.isSilentFor(200)).isTrue();
    }
    await().untilAsserted(() -> assertThat(cluster.shardNames()).allSatisfy(shard -> assertThat(earsOn(shard)).isZero()));
  }

  @Test
  void inATransactionTheClientIsToldAtItsEnd() {
    try (WireClient client = cluster.wire()) {
      client.query("LISTEN \"Changes é\"");
      client.query("BEGIN");
      client.query("SELECT 1");
      IntStream.rangeClosed(21, 28).forEach(ListenIT::insert);
      assertThat(client.isSilentFor(300)).isTrue();
      List<BackendMessage> answer = client.query("SELECT 2");
      assertThat(answer).noneMatch(NotificationResponse.class::isInstance);
      answer = client.query("COMMIT");
      assertThat(answer.getLast()).isInstanceOf(ReadyForQuery.class);
      assertThat(answer.stream().filter(NotificationResponse.class::isInstance).count()).isEqualTo(8);
    }
  }

  @Test
  void aListenThatWasRolledBackOrUndoneHearsNothing() {
    try (WireClient client = cluster.wire(); WireClient other = cluster.wire()) {
      client.query("BEGIN");
      client.query("LISTEN \"Changes é\"");
      client.query("ROLLBACK");
      other.query("LISTEN \"Changes é\"");
      other.query("UNLISTEN *");
      await().untilAsserted(() -> assertThat(earsOn("s2")).isZero());
      IntStream.rangeClosed(31, 38).forEach(ListenIT::insert);
      assertThat(client.isSilentFor(200)).isTrue();
      assertThat(other.isSilentFor(50)).isTrue();
      client.query("BEGIN");
      client.query("LISTEN \"Changes é\"");
      client.query("COMMIT");
      IntStream.rangeClosed(31, 38).forEach(ListenIT::insert);
      assertThat(heard(client, 8)).hasSize(8);
      client.query("DISCARD ALL");
      await().untilAsserted(() -> assertThat(earsOn("s2")).isZero());
    }
  }

  @Test
  void aDriverThatListensByTheExtendedProtocolHearsToo() throws SQLException {
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      statement.execute("LISTEN \"Changes é\"");
      IntStream.rangeClosed(41, 48).forEach(ListenIT::insert);
      List<String> payloads = new ArrayList<>();
      await().untilAsserted(
          () -> {
            PGNotification[] got = connection.unwrap(PGConnection.class).getNotifications(50);
            for (PGNotification each : got == null ? new PGNotification[0] : got) {
              assertThat(each.getName()).isEqualTo("Changes é");
              payloads.add(each.getParameter());
            }
            assertThat(payloads).containsExactlyInAnyOrder("41", "42", "43", "44", "45", "46", "47", "48");
          });
    }
  }

  @Test
  void whoMayHaveMissedSomethingIsEnded() {
    try (WireClient client = cluster.wire()) {
      client.query("LISTEN \"Changes é\"");
      cluster.executeOn("s3", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + cluster.database() + "' AND query LIKE 'LISTEN%'");
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.code() + " " + fields.message()).isEqualTo("57P01 terminating connection because notifications of shard \"s3\" may have been missed");
    }
    try (WireClient again = cluster.wire()) {
      again.query("LISTEN \"Changes é\"");
      IntStream.rangeClosed(51, 58).forEach(ListenIT::insert);
      assertThat(heard(again, 8)).hasSize(8);
    }
  }

  @Test
  void aListenThatFailedIsForgotten() {
    String database = cluster.database();
    try (WireClient client = cluster.wire()) {
      cluster.shard("s3").execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
      try {
        assertThat(client.error("LISTEN \"Changes é\"").code()).isEqualTo("08006");
      } finally {
        cluster.shard("s3").execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
      }
      client.query("SELECT listen()"); // by a function: only then is it known that the session listens
      IntStream.rangeClosed(61, 68).forEach(ListenIT::insert);
      assertThat(heard(client, 8)).hasSize(8);
    }
  }

  /// As much as no socket's buffers take, in one transaction.
  private static void flood(String shard) {
    cluster.executeOn(shard, "SELECT pg_notify('flood', i || repeat('x', " + FLOOD_PAYLOAD_CHARS + ")) FROM generate_series(1, " + FLOOD + ") i");
  }

  /// Waits until the server has been unable, for half a second, to get rid of what it has for its listener.
  private static void awaitHeldBack(String shard) {
    await()
        .during(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(
                        cluster.valueOn(
                            shard,
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + cluster.database() + "' AND wait_event = 'ClientWrite' AND pid <> pg_backend_pid()"))
                    .isEqualTo("1"));
  }

  /// Takes what it is told; has caught up when the test says so. Thread-safe: a queue.
  private static final class HeldHearer implements Hearer {
    final Queue<String> payloads = new ConcurrentLinkedQueue<>();
    final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    final CompletableFuture<ShardId> deafened = new CompletableFuture<>();

    @Override
    public void heard(String channel, int process, String payload) {
      payloads.add(payload);
    }

    @Override
    public CompletableFuture<Void> caughtUp() {
      return caughtUp;
    }

    @Override
    public void deafened(ShardId shard, Throwable cause) {
      deafened.complete(shard);
    }
  }

  @Test
  void whatComesFasterThanItIsHandedOnWaitsAtTheServer() throws Exception {
    HeldHearer hearer = new HeldHearer();
    ProxyConfig.ServiceRole role = new ProxyConfig.ServiceRole(PostgresServer.SUPERUSER, new Password(PostgresServer.SUPERUSER_PASSWORD));
    try (ServiceConnections service = new ServiceConnections(cluster::map, role, Duration.ofSeconds(5));
        Ears ears = new Ears(service, cluster::map)) {
      ears.listen(cluster.database(), "flood", hearer).get(20, TimeUnit.SECONDS);
      flood("s2");
      awaitHeldBack("s2");
      assertThat(hearer.payloads.stream().mapToInt(String::length).sum()).isPositive().isLessThan(HELD_CHARS_MAX);
      hearer.caughtUp.complete(null);
      await().until(() -> hearer.payloads.size() == FLOOD);
      assertThat(hearer.payloads.stream().map(payload -> Integer.parseInt(payload.substring(0, payload.indexOf('x')))).toList())
          .isEqualTo(IntStream.rangeClosed(1, FLOOD).boxed().toList());
      assertThat(hearer.deafened).isNotDone();
    }
  }

  @Test
  void whatTheHomeShardNotifiesWaitsThereForASlowClient() {
    try (WireClient client = cluster.wire()) {
      client.query("LISTEN flood");
      flood("s1");
      awaitHeldBack("s1");
      assertThat(heard(client, FLOOD)).hasSize(FLOOD);
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void whoDoesNotReadWhatOtherShardsNotifyIsEnded() {
    try (WireClient slow = cluster.wire(); WireClient other = cluster.wire()) {
      slow.query("LISTEN flood");
      other.query("LISTEN \"Changes é\"");
      flood("s2");
      await().untilAsserted(() -> assertThat(other.rows("SHOW SHARDGATE CLIENTS")).noneMatch(row -> row.startsWith(slow.key().processId() + "|")));
      List<BackendMessage> told = slow.readToEnd();
      assertThat(told).hasSizeLessThan(FLOOD);
      assertThat(WireClient.errorIn(told).message()).startsWith("terminating connection because too many notifications wait");
      IntStream.rangeClosed(71, 78).forEach(ListenIT::insert);
      assertThat(heard(other, 8)).hasSize(8);
    }
  }
}
