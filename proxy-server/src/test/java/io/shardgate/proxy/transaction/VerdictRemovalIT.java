package io.shardgate.proxy.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.directory.DevShards;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.config.ProxyConfig.ServiceRole;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.testing.PostgresServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Old verdicts go, but none that somebody might still ask for.
final class VerdictRemovalIT {
  private static final String LEFT = "SELECT string_agg(gid, ' ' ORDER BY gid) FROM shardgate.commit_log";

  @Test
  void aVerdictGoesWhenItIsOlderThanTheTimeThatVerdictsAreKept() {
    assertThat(leftOf(Duration.ofDays(7), "('8 days', 'commit', now() - interval '8 days'), ('6 days', 'abort', now() - interval '6 days')"))
        .isEqualTo("6 days");
  }

  @Test
  void aVerdictYoungerThanTheOldestBackendStaysHoweverShortVerdictsAreKept() {
    assertThat(leftOf(Duration.ZERO, "('now', 'commit', now() - interval '1 second'), ('2 hours', 'commit', now() - interval '2 hours')"))
        .isEqualTo("now");
  }

  private static String leftOf(Duration keep, String verdicts) {
    try (PostgresServer server = PostgresServer.start()) {
      ShardId id = new ShardId("s1");
      DevShards shards = new DevShards(id, Map.of(id, new Shard(id, Endpoint.parse(server.url("postgres")))));
      ShardMap map = TopologyReader.read("{}", "topology.yaml", shards).toMap(MapVersion.FIRST);
      ServiceRole role = new ServiceRole(PostgresServer.SUPERUSER, new Password(PostgresServer.SUPERUSER_PASSWORD));
      CommitTiming timing = new CommitTiming(Duration.ofSeconds(5), Duration.ofMillis(50), Duration.ofSeconds(2), Duration.ofSeconds(5), keep);
      try (ServiceConnections service = new ServiceConnections(() -> map, role, Duration.ofSeconds(5));
          TwoPhaseCommit commit = TwoPhaseCommit.start("01234567", () -> map, service, new ProxyMetrics(), timing)) {
        await().until(() -> commit.objects().isReady(new ServerObjects.Place(id, "postgres")));
        server.execute("INSERT INTO shardgate.commit_log VALUES " + verdicts);
        commit.removeOldVerdicts();
        return server.query(LEFT);
      }
    } catch (TopologyException e) {
      throw new IllegalStateException(e);
    }
  }
}
