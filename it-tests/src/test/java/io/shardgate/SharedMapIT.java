package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.Scrape;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.Extent;
import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.ForeignMarks;
import io.shardgate.directory.HashRange;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.RoleRecord;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.directory.etcd.EtcdStore;
import io.shardgate.directory.testing.EtcdCluster;
import io.shardgate.directory.testing.NeedsEtcd;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
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

  // ---- what is under way when the map changes ----

  /// Of the groups that were declared by now; each test adds its own.
  private static final Map<String, String> GROUPS =
      new TreeMap<>(Map.of("item", "{ strategy: hash, key: bigint, tables: { items: id } }", "tenant", "{ strategy: directory, key: text, tables: { docs: tenant } }"));

  private static String apply(Map<String, String> groups) {
    StringBuilder topology = new StringBuilder("SHARDGATE APPLY $y$home: s1\nshards:\n");
    first.map().shards().forEach((id, shard) ->
        topology.append("  ").append(id).append(": { primary: \"").append(shard.primary().toUri()).append("\", labels: { region: ").append(shard.labels().get("region")).append(" } }\n"));
    topology.append("groups:\n");
    groups.forEach((name, group) -> topology.append("  ").append(name).append(": ").append(group).append('\n'));
    return topology.append("$y$").toString();
  }

  /// Declares a table of its own group, of the same name.
  private static String declaring(String table) {
    GROUPS.put(table, "{ strategy: hash, key: bigint, tables: { " + table + ": id } }");
    return apply(GROUPS);
  }

  private static void awaitClosed(String table) {
    for (TestCluster proxy : List.of(first, second)) {
      await().until(() -> proxy.map().closed().contains(new TableName("public", table)));
    }
  }

  /// However slow the machine is, this holds for what is right.
  private static void assertWaits(WireClient client) {
    assertThat(client.isSilentFor(800)).as("it waits").isTrue();
  }

  private static void assertAllOn(String group, String shard) {
    assertThat(first.map().closed()).isEmpty();
    assertThat(first.map().keySpaces().get(group).owners()).containsExactly(new ShardId(shard));
    await().until(() -> second.map().equals(first.map()));
  }

  private static void assertNoError(List<BackendMessage> answer) {
    assertThat(answer).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
  }

  private static void awaitBlockedOn(String shard, String words) {
    await().until(() -> first.valueOn(shard,
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%" + words + "%' AND pid <> pg_backend_pid()").equals("1"));
  }

  private static void assertEachIsSeen(String table, int rows) {
    for (TestCluster proxy : List.of(first, second)) {
      try (WireClient client = proxy.wire()) {
        for (int id = 1; id <= rows; id++) {
          assertThat(client.value("SELECT count(*) FROM " + table + " WHERE id = " + id)).as("row %s", id).isEqualTo("1");
        }
      }
    }
  }

  @Test
  void aTableThatATransactionMakesWhileItIsDeclaredIsCountedWhereItIs() {
    try (WireClient maker = second.wire(); WireClient admin = first.wire(); WireClient other = first.wire()) {
      maker.query("BEGIN");
      assertNoError(maker.query("CREATE TABLE fresh (id bigint PRIMARY KEY)"));
      assertNoError(maker.query("INSERT INTO fresh SELECT generate_series(1, 20)"));
      admin.sendQuery(declaring("fresh"));
      awaitClosed("fresh");
      assertThat(other.error("CREATE TABLE fresh (id bigint)").code()).isEqualTo("55006");
      assertThat(other.error("SELECT 1 AS one INTO fresh").code()).isEqualTo("55006");
      assertThat(other.value("SELECT count(*) FROM items WHERE id = 0")).as("the rest goes on").isEqualTo("0");
      assertWaits(admin);
      maker.query("COMMIT");
      assertNoError(admin.readToReady());
    }
    assertAllOn("fresh", "s1");
    assertEachIsSeen("fresh", 20);
  }

  @Test
  void aCreateTableThatWaitsForALockWhileItIsDeclaredIsCountedWhereItIs() throws SQLException {
    try (Connection holder = first.connectToShard("s1"); WireClient maker = second.wire(); WireClient admin = first.wire()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("CREATE TABLE late (id bigint)");
      maker.sendQuery("CREATE TABLE late (id bigint PRIMARY KEY)");
      awaitBlockedOn("s1", "TABLE late");
      admin.sendQuery(declaring("late"));
      awaitClosed("late");
      assertWaits(admin);
      holder.rollback();
      assertNoError(maker.readToReady());
      assertNoError(admin.readToReady());
    }
    assertAllOn("late", "s1");
    first.execute("INSERT INTO late VALUES (1), (2), (3), (4), (5)");
    assertEachIsSeen("late", 5);
  }

  /// Its client, and with it its session, is gone; the server goes on.
  @Test
  void aTransactionThatOnlyAServerKnowsOfIsWaitedForToo() throws SQLException {
    try (Connection orphan = first.connectToShard("s1"); WireClient admin = first.wire()) {
      orphan.setAutoCommit(false);
      orphan.createStatement().execute("CREATE TABLE orphaned (id bigint PRIMARY KEY); ALTER TABLE orphaned OWNER TO app; INSERT INTO orphaned SELECT generate_series(1, 20)");
      admin.sendQuery(declaring("orphaned"));
      awaitClosed("orphaned");
      assertWaits(admin);
      orphan.commit();
      assertNoError(admin.readToReady());
    }
    assertAllOn("orphaned", "s1");
    assertEachIsSeen("orphaned", 20);
  }

  @Test
  void aRowThatIsUnderWayToAHomeTableWhileItIsDeclaredIsFound() throws SQLException {
    first.execute("CREATE TABLE plain (id bigint PRIMARY KEY)");
    try (Connection holder = first.connectToShard("s1"); WireClient writer = second.wire()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("LOCK TABLE plain IN SHARE MODE");
      writer.sendQuery("INSERT INTO plain SELECT generate_series(1, 20)");
      awaitBlockedOn("s1", "INTO plain");
      first.execute(declaring("plain"));
      holder.rollback();
      assertNoError(writer.readToReady());
    }
    assertAllOn("plain", "s1");
    assertEachIsSeen("plain", 20);
  }

  @Test
  void aTableIsNotForgottenWhoseTransactionHasNotEnded() {
    first.execute(declaring("kept"));
    String before = GROUPS.get("kept");
    try (WireClient maker = second.wire(); WireClient admin = first.wire()) {
      await().until(() -> second.map().equals(first.map()));
      maker.query("BEGIN");
      assertNoError(maker.query("CREATE TABLE kept (id bigint PRIMARY KEY)"));
      assertNoError(maker.query("INSERT INTO kept VALUES (1), (2), (3), (4), (5), (6), (7), (8)"));
      GROUPS.remove("kept");
      admin.sendQuery(apply(GROUPS));
      awaitClosed("kept");
      assertWaits(admin);
      maker.query("COMMIT");
      ErrorFields refused = WireClient.errorIn(admin.readToReady());
      assertThat(refused.code()).isEqualTo("22023");
      assertThat(refused.detail().orElseThrow()).contains("table kept is not declared, and was in group kept");
    } finally {
      GROUPS.put("kept", before);
    }
    await().until(() -> second.map().equals(first.map()));
    assertThat(first.map().closed()).isEmpty();
    assertEachIsSeen("kept", 8);
  }

  @Test
  void applyGivesUpAfterItsLimitAndSaysWhoIsInTheWay() {
    try (TestCluster third = first.beside(config -> config.withLimits(config.limits().withApplyWait(Duration.ofMillis(300))));
        WireClient maker = third.wire();
        WireClient admin = third.wire();
        WireClient patient = first.wire()) {
      ShardDirectory.Presence dying = second.directory().register(new ProxyPresence("dying", "nowhere:1", MapVersion.FIRST));
      await().until(() -> third.directory().proxies().size() == 4 && first.directory().proxies().size() == 4);
      maker.query("BEGIN");
      assertNoError(maker.query("CREATE TABLE slow (id bigint PRIMARY KEY)"));
      ErrorFields refused = admin.error(declaring("slow"));
      assertThat(refused.code()).isEqualTo("55006");
      assertThat(refused.message()).contains("did not end within 300 ms");
      assertThat(refused.detail().orElseThrow()).contains("dying (nowhere:1)").contains(":" + third.port()).contains("Clients of this proxy: " + maker.key().processId() + ".");
      assertThat(refused.hint().orElseThrow()).contains("limits.apply_wait");
      assertThat(third.map().closed()).isEmpty();
      assertThat(third.map().groups()).doesNotContainKey("slow");
      await().until(() -> first.map().equals(third.map()));
      maker.query("ROLLBACK");
      patient.sendQuery(declaring("slow"));
      awaitClosed("slow");
      dying.close(); // as its lease's end does
      assertNoError(patient.readToReady());
      assertThat(first.map().keySpaces().get("slow").owners()).hasSize(4);
    }
  }

  private static MapVersion acknowledgedBy(TestCluster proxy) {
    return first.directory().proxies().stream().filter(each -> each.address().endsWith(":" + proxy.port())).findFirst().orElseThrow().acknowledged();
  }

  /// Whoever copies rows behind foreign marks begins when all have acknowledged them.
  @Test
  void aVersionIsAcknowledgedWhenWhatWasPlannedBeforeHasEnded() throws SQLException {
    giveAllTo("s2");
    try (Connection holder = first.connectToShard("s1"); WireClient truncating = second.wire()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("LOCK TABLE items IN SHARE MODE");
      truncating.sendQuery("TRUNCATE items");
      awaitBlockedOn("s1", "TRUNCATE items");
      ShardMap map = first.map();
      ShardMap marked = map.withForeign(ForeignMarks.NONE.with("item", List.of(new ForeignMark(new ShardId("s3"), new Extent.Ring(Long.MIN_VALUE, Long.MIN_VALUE)))));
      assertThat(first.directory().compareAndSet(map.version(), marked)).isTrue();
      await().until(() -> second.map().equals(marked) && acknowledgedBy(first).equals(marked.version()));
      try (WireClient idle = second.wire()) {
        assertThat(idle.error("TRUNCATE items").code()).as("planned by the marks").isEqualTo("55006");
      }
      assertWaits(truncating);
      assertThat(acknowledgedBy(second)).isLessThan(marked.version());
      holder.rollback();
      assertNoError(truncating.readToReady());
      await().until(() -> acknowledgedBy(second).equals(marked.version()));
      assertThat(first.directory().compareAndSet(marked.version(), marked.withForeign(ForeignMarks.NONE))).isTrue();
    }
  }
}
