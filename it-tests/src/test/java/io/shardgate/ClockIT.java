package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.FakeClock;
import io.shardgate.cluster.ProxyProcess;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramVerifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A real proxy whose time of day jumps by hours: what is under way goes on, what waits goes on waiting, what is remembered for a second is remembered
/// for a second. See `ArchitectureTest`, too: no code of ours measures by the time of day; this is the proof for what it is built on.
@Timeout(120)
final class ClockIT {
  private static final String TOPOLOGY = "groups: { item: { strategy: hash, key: bigint, tables: { items: id } } }\n";

  @Test
  void aTimeOfDayThatJumpsEndsNothingAndKeepsNothing() throws Exception {
    FakeClock clock = FakeClock.create();
    try (TestCluster cluster = TestCluster.start(TOPOLOGY)) {
      cluster.execute("CREATE TABLE items (id bigint PRIMARY KEY, n int)", "INSERT INTO items SELECT i, 0 FROM generate_series(1, 40) i");
      cluster.executeOnEach("CREATE ROLE it_clock LOGIN PASSWORD '" + ScramVerifier.of("p0").text() + "'");
      try (ProxyProcess proxy = ProxyProcess.start(cluster, TOPOLOGY, Files.createTempDirectory("shardgate-test-proxy"), clock.environment())) {
        int round = 0;
        for (Duration shift : List.of(Duration.ofHours(5), Duration.ofHours(-7), Duration.ofDays(400), Duration.ZERO)) {
          goesOn(cluster, proxy, clock, shift, ++round);
        }
      } finally {
        cluster.executeOnEach("DROP ROLE it_clock");
      }
    }
  }

  private static void goesOn(TestCluster cluster, ProxyProcess proxy, FakeClock clock, Duration shift, int round) throws Exception {
    int copied = 1_000 * round;
    try (WireClient holder = login(cluster, proxy);
        WireClient waiter = login(cluster, proxy);
        WireClient copying = login(cluster, proxy);
        WireClient knocking = WireClient.open(proxy.port())) {
      holder.query("BEGIN");
      for (int id = 1; id <= 8; id++) {
        assertThat(holder.query("UPDATE items SET n = n + 1 WHERE id = " + id)).contains(new BackendMessage.CommandComplete("UPDATE 1"));
      }
      waiter.sendQuery("UPDATE items SET n = n + 1 WHERE id = 1");
      copying.sendQuery("COPY items FROM STDIN").send(out -> FrontendWriter.copyData(out, rows(copied)));
      clock.move(shift);
      await().until(() -> isMoved(cluster, proxy, shift));
      assertThat(logsIn(cluster, proxy, "p" + (round - 1))).isTrue();
      cluster.executeOnEach("ALTER ROLE it_clock PASSWORD '" + ScramVerifier.of("p" + round).text() + "'");
      // It is asked for again after a second: meanwhile every timer has had its turn.
      await().atMost(Duration.ofSeconds(20)).until(() -> logsIn(cluster, proxy, "p" + round) && !logsIn(cluster, proxy, "p" + (round - 1)));
      assertThat(knocking.startup(Map.of("user", TestCluster.ROLE, "database", cluster.database()), TestCluster.PASSWORD)).isEmpty();
      assertThat(knocking.value("SELECT count(*) FROM items WHERE id = 1")).isEqualTo("1");
      assertThat(holder.query("COMMIT")).contains(new BackendMessage.CommandComplete("COMMIT"));
      assertThat(waiter.readToReady()).contains(new BackendMessage.CommandComplete("UPDATE 1"));
      copying.send(out -> {
        FrontendWriter.copyData(out, rows(copied + 100));
        FrontendWriter.copyDone(out);
      });
      assertThat(copying.readToReady()).contains(new BackendMessage.CommandComplete("COPY 200"));
      assertThat(knocking.value("SELECT n FROM items WHERE id = 1")).isEqualTo(String.valueOf(2 * round));
      assertThat(knocking.value("SELECT n FROM items WHERE id = 8")).isEqualTo(String.valueOf(round));
    }
  }

  private static byte[] rows(int from) {
    StringBuilder rows = new StringBuilder();
    for (int id = from; id < from + 100; id++) {
      rows.append(id).append("\t1\n");
    }
    return rows.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static WireClient login(TestCluster cluster, ProxyProcess proxy) {
    return WireClient.login(proxy.port(), TestCluster.ROLE, TestCluster.PASSWORD, cluster.database());
  }

  /// By the hour at which the proxy says that this client came.
  private static boolean isMoved(TestCluster cluster, ProxyProcess proxy, Duration shift) {
    try (WireClient client = login(cluster, proxy)) {
      Instant expected = Instant.now().plus(shift);
      return client.rows("SHOW SHARDGATE CLIENTS").stream()
          .map(row -> Instant.parse(row.split("\\|")[4]))
          .anyMatch(connected -> Duration.between(connected, expected).abs().compareTo(Duration.ofMinutes(30)) < 0);
    }
  }

  private static boolean logsIn(TestCluster cluster, ProxyProcess proxy, String password) {
    try (WireClient client = WireClient.open(proxy.port())) {
      return client.startup(Map.of("user", "it_clock", "database", cluster.database()), password).isEmpty();
    }
  }
}
