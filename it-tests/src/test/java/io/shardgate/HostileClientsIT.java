package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramKeys;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Clients that dawdle, don't read, ask for giants or come in crowds: the others are served, and memory stays where it was.
final class HostileClientsIT {
  private static final int MOST_LOGINS = 100;
  private static final int SERVER_CONNECTIONS = 4;
  private static final Duration SEND_TIMEOUT = Duration.ofSeconds(2);

  /// `-Dsessions=10000` with an `ulimit -n` of more than twice that, as both ends are in this process.
  private static final int SESSIONS = Integer.getInteger("sessions", 2_000);

  /// Both ends of a session are in this JVM: the proxy's is about half of it.
  private static final long SESSION_BYTES_MAX = 40_000;

  /// A few buffers of each loop; a row is a hundred times that.
  private static final long RELAY_BYTES_MAX = 24L << 20;

  private static final TestCluster CLUSTER =
      TestCluster.start(
          "",
          config -> config.withPool(config.pool().withMaxConnections(SERVER_CONNECTIONS))
              .withClients(config.clients().withMax(20_000).withMaxLogins(MOST_LOGINS).withSendTimeout(SEND_TIMEOUT)));

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private static double meter(String name) {
    return CLUSTER.metrics().sum(name);
  }

  /// What Netty holds of direct memory.
  private static long directBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  private static boolean isOpen(WireClient client) {
    try {
      client.socket().setSoTimeout(1);
      return client.socket().getInputStream().read() >= 0;
    } catch (java.net.SocketTimeoutException waiting) {
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  @Test
  void strangersWhoDawdleOverTheirLoginKeepNobodyOut() {
    double before = meter("shardgate_logins_pushed_out_total");
    List<WireClient> strangers = new ArrayList<>();
    try {
      for (int i = 0; i < 5 * MOST_LOGINS; i++) {
        WireClient stranger = CLUSTER.tcp();
        if (i % 2 == 0) {
          stranger.sendBytes((byte) 0);
        }
        strangers.add(stranger);
      }
      for (int i = 0; i < 5; i++) {
        assertThat(CLUSTER.value("SELECT 'in'")).isEqualTo("in");
      }
      await().untilAsserted(() -> assertThat(strangers.stream().filter(HostileClientsIT::isOpen).count()).isLessThanOrEqualTo(MOST_LOGINS));
      assertThat(meter("shardgate_logins_pushed_out_total") - before).isGreaterThanOrEqualTo(4 * MOST_LOGINS);
    } finally {
      strangers.forEach(WireClient::close);
    }
  }

  @Test
  void aLoginOfOneByteAtATimeIsALogin() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.startup(out, Map.of("user", "app", "database", CLUSTER.database()));
    try (WireClient client = CLUSTER.tcp()) {
      for (byte each : ByteBufUtil.getBytes(out)) {
        client.sendBytes(each);
      }
      assertThat(client.read(BackendMessage.AuthenticationSasl.class).mechanisms()).contains("SCRAM-SHA-256");
    }
  }

  /// As many as there are server connections: without the limit nobody else would ever be served.
  @Test
  void whoReadsNothingIsDroppedAndItsServerConnectionServesOthers() {
    double before = meter("shardgate_clients_stalled_total");
    long direct = directBytes();
    AtomicLong most = new AtomicLong();
    List<WireClient> deaf = new ArrayList<>();
    try {
      for (int i = 0; i < SERVER_CONNECTIONS; i++) {
        deaf.add(CLUSTER.wire());
      }
      deaf.forEach(client -> client.sendQuery("SELECT repeat('x', 1000), 'deaf' FROM generate_series(1, 1000000)"));
      await().until(() -> running("deaf", "AND wait_event = 'ClientWrite'") == SERVER_CONNECTIONS / 2); // the other places are set apart
      await().pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
        most.accumulateAndGet(directBytes() - direct, Math::max);
        assertThat(meter("shardgate_clients_stalled_total") - before).isEqualTo(SERVER_CONNECTIONS);
      });
      assertThat(most.get()).isLessThan(RELAY_BYTES_MAX);
      assertThat(CLUSTER.value("SELECT 'served'")).isEqualTo("served");
      await().until(() -> running("deaf", "") == 0);
    } finally {
      deaf.forEach(WireClient::close);
    }
  }

  /// How many statements with that word run on the home shard.
  private static int running(String word, String more) {
    return Integer.parseInt(
        CLUSTER.valueOn(
            "s1",
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + CLUSTER.database() + "' AND query LIKE '%" + word + "%' AND state = 'active' AND pid <> pg_backend_pid() " + more));
  }

  /// A client that is slower than the limit but reads is none of these.
  @Test
  void whoReadsSlowlyGetsAll() throws IOException, InterruptedException {
    try (WireClient slow = CLUSTER.wire()) {
      slow.sendQuery("SELECT repeat('x', 1000000) FROM generate_series(1, 12)");
      DataInputStream in = new DataInputStream(slow.socket().getInputStream());
      long rows = 0;
      byte type;
      do {
        type = in.readByte();
        in.skipNBytes(in.readInt() - Integer.BYTES);
        rows += type == 'D' ? 1 : 0;
        Thread.sleep(type == 'D' ? 400 : 0); // 5 s in all
      } while (type != 'Z');
      assertThat(rows).isEqualTo(12);
    }
  }

  /// While its client pauses in the middle the server waits with the rest: nobody between them has it.
  @Test
  void aGiantRowPassesWithoutBeingHeld() throws IOException {
    int bytes = 400 << 20;
    long before = directBytes();
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("SELECT repeat('x', " + bytes + ") AS giant");
      DataInputStream in = new DataInputStream(client.socket().getInputStream());
      long heard = 0;
      byte type;
      do {
        type = in.readByte();
        int due = in.readInt() - Integer.BYTES;
        if (type == 'D') {
          in.skipNBytes(bytes / 4);
          await().during(Duration.ofMillis(500)).until(() -> running("giant", "AND wait_event = 'ClientWrite'") == 1);
          assertThat(directBytes() - before).isLessThan(RELAY_BYTES_MAX);
          in.skipNBytes(due - bytes / 4);
          heard = due;
        } else {
          in.skipNBytes(due);
        }
      } while (type != 'Z');
      assertThat(heard).isEqualTo(bytes + 6); // a count and a length
    }
  }

  @Test
  void crowdsOfIdleSessionsCostLittle() {
    ScramKeys keys = keys();
    long before = heapBytes() + directBytes();
    List<WireClient> crowd = new ArrayList<>();
    try {
      long began = System.nanoTime();
      for (int i = 0; i < SESSIONS; i++) {
        WireClient client = CLUSTER.tcp();
        crowd.add(client);
        client.startup(Map.of("user", "app", "database", CLUSTER.database()), ScramClient.withKeys(keys)).ifPresent(refused -> {
          throw new AssertionError(refused.toString());
        });
      }
      long millis = (System.nanoTime() - began) / 1_000_000;
      long each = (heapBytes() + directBytes() - before) / SESSIONS;
      System.out.println(SESSIONS + " sessions in " + millis + " ms, " + each + " bytes each, both ends, heap and direct");
      assertThat(each).isLessThan(SESSION_BYTES_MAX);
      assertThat(meter("shardgate_clients")).isGreaterThanOrEqualTo(SESSIONS);
      for (int i = 0; i < SESSIONS; i += Math.max(1, SESSIONS / 50)) {
        assertThat(crowd.get(i).value("SELECT " + i)).isEqualTo(Integer.toString(i));
      }
    } finally {
      crowd.forEach(WireClient::close);
    }
    await().untilAsserted(() -> assertThat(meter("shardgate_clients")).isZero());
  }

  private static long heapBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /// What a login leaves: thousands of others cost no hashing.
  private static ScramKeys keys() {
    ScramServer exchange = ScramServer.against(ScramVerifier.parse(CLUSTER.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'")).orElseThrow());
    ScramClient client = ScramClient.withPassword(TestCluster.PASSWORD);
    byte[] challenge = exchange.first(client.first());
    return ((ScramServer.Outcome.Accepted) exchange.finish(client.respond(challenge))).keys();
  }
}
