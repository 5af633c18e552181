package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.Scrape;
import io.shardgate.cluster.TestCluster;
import io.shardgate.directory.HashRange;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.RoleRecord;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.directory.etcd.EtcdStore;
import io.shardgate.directory.testing.EtcdCluster;
import io.shardgate.directory.testing.NeedsEtcd;
import io.shardgate.pgwire.scram.ScramVerifier;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Two proxies that follow one map in etcd.
@NeedsEtcd
final class SharedMapIT {
  private static EtcdCluster etcd;
  private static TestCluster first;
  private static TestCluster second;

  @BeforeAll
  static void start() {
    etcd = EtcdCluster.start(1);
    EtcdPlace place = etcd.place("shared");
    first =
        TestCluster.start(
            """
            groups:
              item: { strategy: hash, key: bigint, tables: { items: id } }
              tenant: { strategy: directory, key: text, tables: { docs: tenant } }
            """,
            UnaryOperator.identity(),
            (_, firstMap) -> {
              try (EtcdStore store = EtcdStore.at(place)) {
                store.create(firstMap);
                return store.follow();
              }
            });
    second = first.beside();
    first.execute("CREATE TABLE items (id bigint PRIMARY KEY)", "CREATE TABLE docs (tenant text PRIMARY KEY)");
  }

  @AfterAll
  static void stop() {
    second.close();
    first.close();
    etcd.close();
  }

  private static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).ignoreExceptionsInstanceOf(IOException.class).atMost(Duration.ofSeconds(30));
  }

  /// All of the group on one shard, by a change that the first proxy makes. There are no rows that would have to move.
  private static void giveAllTo(String shard) {
    ShardMap map = first.map();
    Map<String, KeySpace> spaces = new TreeMap<>(map.keySpaces());
    spaces.put("item", new HashRing(List.of(new HashRange(Long.MIN_VALUE, new ShardId(shard)))));
    ShardMap next =
        new ShardMap(
            map.version().next(), map.home(), map.shards(), map.groups(), spaces, map.reference(), map.unique(), map.functions());
    assertThat(first.directory().compareAndSet(map.version(), next)).isTrue();
    await().until(() -> second.map().equals(next));
  }

  /// What a login is told; empty for one that is let in.
  private static String refusal(TestCluster proxy, String role, String password) {
    String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + proxy.database();
    try (Connection connection = DriverManager.getConnection(url, role, password)) {
      assertThat(connection.isValid(5)).isTrue();
      return "";
    } catch (SQLException refused) {
      return refused.getSQLState();
    }
  }

  private static Optional<RoleRecord> recorded(TestCluster proxy, String role) {
    return proxy.directory().roles().known(role);
  }

  private static String verifier(TestCluster proxy, String role) {
    return recorded(proxy, role).map(record -> String.valueOf(record.verifier())).orElse("no record");
  }

  private static String verifierAtHome(String role) {
    return first.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = '" + role + "'");
  }

  private static void withCreateRole(Runnable work) {
    first.shardNames().forEach(shard -> first.executeOn(shard, "ALTER ROLE app CREATEROLE"));
    try {
      work.run();
    } finally {
      first.shardNames().forEach(shard -> first.executeOn(shard, "DROP ROLE IF EXISTS it_shared"));
      first.shardNames().forEach(shard -> first.executeOn(shard, "DROP ROLE IF EXISTS it_renamed"));
      first.shardNames().forEach(shard -> first.executeOn(shard, "ALTER ROLE app NOCREATEROLE"));
    }
  }

  /// What a proxy was told of a role by the home shard it believes for a second; what the directory tells it counts at once.
  @Test
  void aRolesChangeHoldsOnTheOtherProxyAsSoonAsTheDirectoryTells() {
    withCreateRole(() -> {
      first.execute("CREATE ROLE it_shared LOGIN PASSWORD 'one'");
      await().until(() -> verifier(second, "it_shared").equals(verifierAtHome("it_shared")));
      assertThat(refusal(second, "it_shared", "one")).isEmpty();
      first.execute("ALTER ROLE it_shared PASSWORD 'two'");
      await().until(() -> verifier(second, "it_shared").equals(verifierAtHome("it_shared")));
      assertThat(refusal(second, "it_shared", "two")).isEmpty();
      assertThat(refusal(second, "it_shared", "one")).isEqualTo("28P01");
      second.execute("ALTER ROLE it_shared NOLOGIN");
      await().until(() -> recorded(first, "it_shared").filter(record -> !record.canLogin()).isPresent());
      assertThat(refusal(first, "it_shared", "two")).isEqualTo("28000");
      second.execute("ALTER ROLE it_shared LOGIN VALID UNTIL '2001-01-01'");
      await().until(() -> recorded(first, "it_shared").filter(record -> record.validUntil() != null).isPresent());
      assertThat(refusal(first, "it_shared", "two")).isEqualTo("28P01");
      second.execute("ALTER ROLE it_shared VALID UNTIL 'infinity'", "ALTER ROLE it_shared RENAME TO it_renamed");
      await().until(() -> recorded(first, "it_shared").isEmpty() && recorded(first, "it_renamed").isPresent());
      assertThat(refusal(first, "it_shared", "two")).isEqualTo("28P01");
      assertThat(refusal(first, "it_renamed", "two")).isEmpty();
      first.execute("DROP ROLE it_renamed");
      await().until(() -> recorded(second, "it_renamed").isEmpty());
      assertThat(refusal(second, "it_renamed", "two")).isEqualTo("28P01");
    });
  }

  /// The home shard is who knows, with the directory or without.
  @Test
  void whatIsRecordedOfARoleFollowsTheHomeShardAlsoWhenItWasChangedThereOrWithoutEtcd() {
    withCreateRole(() -> {
      first.execute("CREATE ROLE it_shared LOGIN PASSWORD 'one'");
      await().until(() -> verifier(first, "it_shared").equals(verifierAtHome("it_shared")));
      String changed = ScramVerifier.of("behind").text();
      first.shardNames().forEach(shard -> first.executeOn(shard, "ALTER ROLE it_shared PASSWORD '" + changed + "'"));
      await().until(() -> refusal(second, "it_shared", "behind").isEmpty());
      await().until(() -> verifier(first, "it_shared").equals(changed));
      assertThat(refusal(first, "it_shared", "one")).isEqualTo("28P01");
      etcd.killAll();
      try {
        first.execute("ALTER ROLE it_shared PASSWORD 'three'");
        assertThat(refusal(first, "it_shared", "three")).isEmpty();
        await().until(() -> refusal(second, "it_shared", "three").isEmpty());
        assertThat(refusal(second, "it_shared", "behind")).isEqualTo("28P01");
      } finally {
        etcd.restartAll();
      }
      await().until(() -> first.directory().fault().isEmpty() && second.directory().fault().isEmpty());
      await().until(() -> refusal(second, "it_shared", "three").isEmpty() && verifier(first, "it_shared").equals(verifierAtHome("it_shared")));
      first.execute("DROP ROLE it_shared");
      await().until(() -> recorded(second, "it_shared").isEmpty());
    });
  }

  private static List<String> proxies() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = second.connect("preferQueryMode=simple");
        Statement statement = connection.createStatement();
        ResultSet set = statement.executeQuery("SHOW SHARDGATE PROXIES")) {
      while (set.next()) {
        assertThat(set.getString("id")).hasSize(8);
        assertThat(set.getString("address")).matches(".+:(" + first.port() + "|" + second.port() + ")");
        rows.add(set.getString("map_version"));
      }
    }
    return rows;
  }

  private static String shownFault(TestCluster proxy) throws SQLException {
    try (Connection connection = proxy.connect("preferQueryMode=simple");
        Statement statement = connection.createStatement();
        ResultSet set = statement.executeQuery("SHOW SHARDGATE VERSION")) {
      assertThat(set.next()).isTrue();
      return set.getString("directory_fault");
    }
  }

  @Test
  void theOtherProxyRoutesByTheMapThatOneWasGiven() {
    try (var session = second.wire()) {
      giveAllTo("s3");
      session.query("INSERT INTO items VALUES (1)");
      assertThat(second.valueOn("s3", "SELECT count(*) FROM items")).isEqualTo("1");
      session.query("DELETE FROM items WHERE id = 1");
      giveAllTo("s2");
      session.query("INSERT INTO items VALUES (1)");
      assertThat(second.valueOn("s2", "SELECT count(*) FROM items")).isEqualTo("1");
      assertThat(first.value("SELECT count(*) FROM items WHERE id = 1")).isEqualTo("1");
      session.query("DELETE FROM items WHERE id = 1");
    }
    String version = first.map().version().toString();
    await().untilAsserted(() -> assertThat(proxies()).containsExactly(version, version));
  }

  @Test
  void aRangeThatIsCutThroughOneProxyIsCutForTheOtherAndAChangeThatComesLateLoses() {
    String before = first.map().version().toString();
    first.execute("SHARDGATE SPLIT item AT KEY 4711");
    await().until(() -> second.map().equals(first.map()));
    try (var session = second.wire()) {
      String same = "home: s1\nshards: { s1: { primary: \"" + first.shardUrl("s1") + "\" } }";
      assertThat(session.error("SHARDGATE APPLY $y$" + same + "$y$ IF VERSION " + before).code()).isIn("40001", "22023");
      assertThat(session.error("SHARDGATE SPLIT item AT KEY 4711").code()).isEqualTo("42710");
      session.query("SHARDGATE MERGE item AT KEY 4711");
    }
    await().until(() -> second.map().equals(first.map()));
  }

  @Test
  void aKeyThatOneProxyPlacedIsFoundByTheOtherAtOnce() {
    for (int i = 0; i < 20; i++) {
      first.execute("INSERT INTO docs VALUES ('tenant " + i + "')");
      assertThat(second.value("SELECT count(*) FROM docs WHERE tenant = 'tenant " + i + "'")).isEqualTo("1");
    }
    long rows = 0;
    for (String shard : second.shardNames()) {
      long count = Long.parseLong(second.valueOn(shard, "SELECT count(*) FROM docs"));
      assertThat(count).isEqualTo(5);
      rows += count;
    }
    assertThat(rows).isEqualTo(20);
  }

  @Test
  void withEtcdGoneBothServeOnAndSaySo() throws SQLException {
    first.execute("INSERT INTO items VALUES (7)");
    etcd.killAll();
    try {
      for (TestCluster proxy : List.of(first, second)) {
        await().untilAsserted(() -> assertThat(proxy.http("/health/ready").body()).startsWith("ready\ndirectory: could not read etcd://"));
        assertThat(proxy.http("/health/ready").statusCode()).isEqualTo(200);
        Scrape metrics = proxy.metrics();
        assertThat(metrics.sum("shardgate_directory_fault")).isEqualTo(1);
        assertThat(shownFault(proxy)).startsWith("could not read etcd://");
        assertThat(metrics.sum("shardgate_map_version")).isEqualTo(proxy.map().version().value());
        assertThat(proxy.value("SELECT count(*) FROM items WHERE id = 7")).isEqualTo("1");
        proxy.execute("UPDATE items SET id = id WHERE id = 7", "DELETE FROM items WHERE id = 7", "INSERT INTO items VALUES (7)");
      }
    } finally {
      etcd.restartAll();
    }
    for (TestCluster proxy : List.of(first, second)) {
      await().untilAsserted(() -> assertThat(proxy.http("/health/ready").body()).isEqualTo("ready\n"));
      assertThat(shownFault(proxy)).isEmpty();
    }
    first.execute("DELETE FROM items WHERE id = 7");
    giveAllTo("s4");
  }
}
