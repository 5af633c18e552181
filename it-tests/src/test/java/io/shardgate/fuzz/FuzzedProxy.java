package io.shardgate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramKeys;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.pgwire.testing.LeakWatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The proxy that the fuzzer's bytes meet, on two servers, the second one behind a [HostileShard]. Made at the first input: what is loaded before is not
/// guided.
/// Thread-safe: nothing changes after the start but counters that one thread keeps.
final class FuzzedProxy {
  static final String DATABASE = "app";

  /// A key of each shard.
  static final String ON_S1 = "SELECT note FROM t WHERE id = 1";
  static final String ON_S2 = "SELECT note FROM t WHERE id = 1001";

  /// More than one proxy of a few clients with small messages needs; a leak or a buffer without limit passes it.
  private static final long DIRECT_BYTES_MAX = 96L << 20;

  private static final int LEAKS_ARE_LOOKED_FOR_EVERY = 1_000;
  private static final HostileShard BETWEEN = HostileShard.open();
  static final TestCluster CLUSTER = start();

  /// What a login with the password leaves: another one with it costs no hashing.
  private static final ScramKeys KEYS = keys();

  private static int inputs;

  private FuzzedProxy() {}

  static HostileShard hostileShard() {
    return BETWEEN;
  }

  private static TestCluster start() {
    TestCluster cluster =
        TestCluster.startPrivate(
            2, "groups: { g: { strategy: range, key: bigint, tables: { t: id }, splits: [{ until: 1000, shard: s1 }, { shard: s2 }] } }",
            config -> config.withClients(config.clients().withLoginTimeout(Duration.ofSeconds(5))).withAdmins(ProxyConfig.Admins.of(Set.of())),
            (folder, first) -> FileDirectory.open(folder.resolve("directory.json"), behind(first)));
    for (String shard : cluster.shardNames()) {
      cluster.executeOn(shard, "CREATE TABLE t (id bigint PRIMARY KEY, note text); CREATE TABLE home_rows (a int, b text);"
          + " ALTER TABLE t OWNER TO app; ALTER TABLE home_rows OWNER TO app;"
          + " INSERT INTO t SELECT n, 'note ' || n FROM generate_series(" + (shard.equals("s1") ? "1, 5" : "1001, 1005") + ") n;"
          + " INSERT INTO home_rows SELECT n, 'row ' || n FROM generate_series(1, 5) n;"
          + " ALTER ROLE app SET statement_timeout = '2s'; ALTER ROLE app SET default_transaction_read_only = on");
    }
    return cluster;
  }

  private static ShardMap behind(ShardMap map) {
    Map<ShardId, Shard> shards = new HashMap<>(map.shards());
    Shard second = shards.get(new ShardId("s2"));
    BETWEEN.target(second.primary().port());
    Endpoint relayed = Endpoint.parse("postgresql://127.0.0.1:" + BETWEEN.port() + "/" + DATABASE + "?sslmode=disable");
    shards.put(second.id(), new Shard(second.id(), relayed, second.weight(), second.labels()));
    return new ShardMap(map.version(), map.home(), shards, map.groups(), map.keySpaces(), map.reference(), map.unique(), map.functions());
  }

  private static ScramKeys keys() {
    ScramServer exchange = ScramServer.against(ScramVerifier.parse(CLUSTER.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'")).orElseThrow());
    ScramClient client = ScramClient.withPassword(TestCluster.PASSWORD);
    byte[] challenge = exchange.first(client.first());
    return ((ScramServer.Outcome.Accepted) exchange.finish(client.respond(challenge))).keys();
  }

  /// A client that has logged in.
  static WireClient client() {
    WireClient client = CLUSTER.tcp();
    client.startup(Map.of("user", TestCluster.ROLE, "database", DATABASE), ScramClient.withKeys(KEYS))
        .ifPresent(refused -> {
          throw new AssertionError(refused.toString());
        });
    return client;
  }

  /// After each input: our log has no error, memory is where it was, no buffer was forgotten.
  static void isUnharmed(int loggedBefore) {
    assertThat(LogWatch.linesSince(loggedBefore)).filteredOn(line -> line.startsWith("ERROR")).isEmpty();
    assertThat(((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory()).isLessThan(DIRECT_BYTES_MAX);
    inputs++;
    if (inputs % LEAKS_ARE_LOOKED_FOR_EVERY == 0) {
      assertThat(LeakWatch.reports()).as("forgotten buffers among the last %s inputs", LEAKS_ARE_LOOKED_FOR_EVERY).isEmpty();
      serves();
    }
  }

  /// Others are served, by each shard.
  static void serves() {
    try (WireClient client = client()) {
      assertThat(List.of(client.value(ON_S1), client.value(ON_S2))).containsExactly("note 1", "note 1001");
    }
  }
}
