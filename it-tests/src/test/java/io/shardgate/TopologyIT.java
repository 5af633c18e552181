package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.DevShards;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.pgwire.message.BackendMessage.CommandComplete;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.admin.TopologyChange;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a topology declares, and what is made of it by CREATE TABLE through the proxy or is there already.
final class TopologyIT {
  private static final String TOPOLOGY =
      """
      groups:
        number: { strategy: hash, key: bigint, tables: { t_smallint: k, t_integer: k, t_bigint: k, t_other: k, 'Exact': 'K', geo.places: k, old_ok: k, old_citext: k } }
        word:   { strategy: hash, key: text, tables: { t_text: k, t_varchar: k, t_length: k, w_other: k, w_blind: k, old_bpchar: k, old_blind: k } }
        id:     { strategy: hash, key: uuid, tables: { t_uuid: k, u_other: k } }
      reference: [ countries ]
      """;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.executeOnEach(
        """
        CREATE EXTENSION citext;
        CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        GRANT CREATE ON SCHEMA public TO app;
        CREATE TABLE old_ok (k int);
        CREATE TABLE old_citext (k citext);
        CREATE TABLE old_bpchar (k char(3));
        CREATE TABLE old_blind (k text COLLATE blind);
        ALTER TABLE old_ok OWNER TO app; ALTER TABLE old_citext OWNER TO app; ALTER TABLE old_bpchar OWNER TO app; ALTER TABLE old_blind OWNER TO app;
        """);
    await().ignoreExceptions().untilAsserted(() -> assertThat(cluster.value("SELECT to_regclass('old_blind')::text")).isEqualTo("old_blind"));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static List<String> onEveryShard(String sql) {
    return cluster.shardNames().stream().map(shard -> cluster.valueOn(shard, sql)).toList();
  }

  private static void assertShardedAs(String table, String insert) {
    long shards = onEveryShard("SELECT count(*) FROM " + table).stream().filter(count -> !count.equals("0")).count();
    assertThat(shards).as("a table that is not there yet, or is empty").isZero();
    try (WireClient client = cluster.wire()) {
      for (int i = 100; i < 140; i++) {
        assertThat(client.query(insert.replace("?", Integer.toString(i)))).contains(new CommandComplete("INSERT 0 1"));
      }
    }
    assertThat(onEveryShard("SELECT count(*) FROM " + table)).as("rows are spread").doesNotContain("0", "40");
  }

  @ParameterizedTest
  @CsvSource({
    "t_smallint, smallint, ?", "t_integer, integer, ?", "t_bigint, bigint, ?", "t_text, text, '''?'''", "t_varchar, varchar, '''?'''",
    "t_length, varchar(20), '''?'''", "t_uuid, uuid, '''00000000-0000-0000-0000-000000000?'''",
  })
  void aKeyTypeTakesTheColumnTypesThatHashAlike(String table, String type, String value) {
    cluster.execute("CREATE TABLE " + table + " (k " + type + " PRIMARY KEY)");
    assertThat(onEveryShard("SELECT to_regclass('" + table + "')::text")).containsOnly(table);
    assertShardedAs(table, "INSERT INTO " + table + " VALUES (" + value + ")");
  }

  @ParameterizedTest
  @CsvSource({
    "t_other, numeric", "t_other, text", "t_other, float8", "t_other, date", "t_other, uuid", "w_other, citext", "w_other, char(4)", "w_other, character",
    "w_other, bytea", "w_other, bigint", "w_other, name", "u_other, text",
  })
  void aColumnOfAnotherTypeIsRefusedWhenTheTableIsMade(String table, String type) {
    try (WireClient client = cluster.wire()) {
      ErrorFields fields = client.error("CREATE TABLE " + table + " (k " + type + ", v int)");
      assertThat(fields.code()).isEqualTo("0A000");
      assertThat(fields.message()).contains(table + ".k\" can't be a shard key");
      assertThat(fields.hint()).isPresent();
    }
    assertThat(onEveryShard("SELECT to_regclass('" + table + "')::text")).containsOnly("null");
  }

  @Test
  void aTableThatIsThereWithAColumnOfAnotherTypeIsRefusedWheneverItIsUsed() {
    cluster.execute("INSERT INTO old_ok VALUES (1)");
    try (WireClient client = cluster.wire()) {
      for (String table : List.of("old_citext", "old_bpchar", "old_blind")) {
        for (String sql : List.of("SELECT * FROM " + table + " WHERE k = 'a'", "INSERT INTO " + table + " VALUES ('a')", "DELETE FROM " + table + " WHERE k = 'a'")) {
          ErrorFields fields = client.error(sql);
          assertThat(fields.code()).as(sql).isEqualTo("0A000");
          assertThat(fields.message()).as(sql).contains("can't be a shard key");
        }
      }
    }
  }

  @Test
  void aCollationThatCallsDifferentTextsEqualIsRefused() {
    try (WireClient client = cluster.wire()) {
      ErrorFields fields = client.error("CREATE TABLE w_blind (k text COLLATE blind PRIMARY KEY)");
      assertThat(fields.code()).isEqualTo("0A000");
      assertThat(fields.message()).contains("\"w_blind.k\" can't be a shard key");
    }
  }

  @Test
  void namesAreExact() {
    cluster.execute("CREATE TABLE \"Exact\" (\"K\" bigint PRIMARY KEY)", "CREATE TABLE exact (k bigint)", "CREATE SCHEMA geo", "CREATE TABLE geo.places (k bigint)",
        "CREATE TABLE places (k bigint)", "CREATE TABLE countries (code text)", "CREATE TABLE \"Countries\" (code text)");
    assertThat(onEveryShard("SELECT to_regclass('\"Exact\"')::text")).containsOnly("\"Exact\"");
    assertThat(onEveryShard("SELECT to_regclass('geo.places')::text")).containsOnly("geo.places");
    assertThat(onEveryShard("SELECT to_regclass('countries')::text")).containsOnly("countries");
    for (String home : List.of("exact", "places", "\"Countries\"")) {
      assertThat(onEveryShard("SELECT to_regclass('" + home + "')::text")).as("a home table").containsExactly(home, "null", "null", "null");
    }
    assertShardedAs("\"Exact\"", "INSERT INTO \"Exact\" VALUES (?)");
    assertShardedAs("geo.places", "INSERT INTO geo.places VALUES (?)");
  }

  @Test
  void theKeyColumnsNameIsExactToo() {
    try (WireClient client = cluster.wire()) {
      client.query("DROP TABLE IF EXISTS t_other");
      ErrorFields fields = client.error("CREATE TABLE t_other (\"K\" bigint)");
      assertThat(fields.message()).contains("t_other.k\" can't be a shard key: the column is missing");
    }
  }

  @Test
  void afterADropATableIsMadeOnEveryShardAgainAndMayDifferThen() {
    cluster.execute("CREATE TABLE w_other (k text PRIMARY KEY)", "DROP TABLE w_other");
    assertThat(onEveryShard("SELECT to_regclass('w_other')::text")).containsOnly("null");
    cluster.execute("CREATE TABLE w_other (k varchar(9), v int, PRIMARY KEY (k, v))");
    assertShardedAs("w_other", "INSERT INTO w_other VALUES ('?', 1)");
    cluster.execute("DROP TABLE w_other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT * FROM u_other WHERE k = '00000000-0000-0000-0000-000000000001'", "INSERT INTO u_other VALUES ('00000000-0000-0000-0000-000000000001')"})
  void aTableThatDoesNotExistYetIsPostgresOwnError(String sql) {
    try (WireClient client = cluster.wire()) {
      ErrorFields fields = client.error(sql);
      assertThat(fields.code()).isEqualTo("42P01");
      assertThat(fields.message()).isEqualTo("relation \"u_other\" does not exist");
      assertThat(fields.position()).isPresent();
    }
  }

  private static final ProxyConfig.ServiceRole SERVICE =
      new ProxyConfig.ServiceRole(PostgresServer.SUPERUSER, new Password(PostgresServer.SUPERUSER_PASSWORD));

  /// Applies a topology to a directory that has another.
  private static ShardMap apply(Path folder, String before, String after, DevShards shards) throws IOException, TopologyException {
    Path file = Files.createTempFile(folder, "directory", ".json");
    Files.delete(file);
    ShardMap first = TopologyReader.read(before, "before.yaml", shards).toMap(MapVersion.FIRST);
    try (FileDirectory directory = FileDirectory.open(file, first)) {
      TopologyChange.apply(TopologyReader.read(after, "after.yaml", shards), directory, ProxyConfig.defaults().withService(SERVICE));
      return directory.current();
    }
  }

  @Test
  void whatATableIsMayChangeWhileItExistsOnNoShard(@TempDir Path folder) throws Exception {
    DevShards shards = new DevShards(cluster.map().home(), cluster.map().shards());
    String before = "groups: { g: { strategy: hash, key: bigint, tables: { ch_a: k, ch_b: k, 'Ch.\"A.b\"': k } } }\nreference: [ ch_r ]";
    String after = "groups: { h: { strategy: hash, key: text, tables: { ch_a: k } } }\nreference: [ ch_new ]";
    ShardMap changed = apply(folder, before, after, shards);
    assertThat(changed.version()).as("its names closed, then in force").isEqualTo(MapVersion.FIRST.next().next());
    assertThat(changed.closed()).isEmpty();
    assertThat(changed.groups()).containsOnlyKeys("h");
    cluster.executeOn("s1", "CREATE TABLE ch_new (k int); CREATE VIEW ch_r AS SELECT 1 AS a");
    cluster.executeOn("s3", "CREATE TABLE ch_a (k bigint); CREATE SCHEMA \"Ch\"; CREATE TABLE \"Ch\".\"A.b\" (k bigint)");
    cluster.executeOn("s4", "CREATE TABLE ch_a (k bigint) PARTITION BY LIST (k)");
    TopologyException refused = catchThrowableOfType(TopologyException.class, () -> apply(folder, before, after, shards));
    String then = " (expected: no such table; drop it with the topology as it was, then apply this one)";
    assertThat(refused.faults()).containsExactly(
        "table Ch.\"A.b\" is not declared, and was in group g by hash of k, of type bigint, but it exists on [s3]" + then,
        "table ch_a is in group h by hash of k, of type text, and was in group g by hash of k, of type bigint, but it exists on [s3, s4]" + then,
        "table ch_new is a reference table, and was not declared, but it exists on [s1]" + then);
    assertThat(apply(folder, before, before + "\nfunctions: { f: local }", shards).functions()).hasSize(1);
  }

  @Test
  void aShardThatCantSayWhetherATableExistsLetsNothingChange(@TempDir Path folder) throws Exception {
    Map<ShardId, Shard> shards = new HashMap<>(cluster.map().shards());
    ShardId gone = new ShardId("s2");
    try (ServerSocket taken = new ServerSocket(0)) { // nobody answers there
      shards.put(gone, new Shard(gone, Endpoint.parse("postgresql://127.0.0.1:" + taken.getLocalPort() + "/" + cluster.database() + "?sslmode=disable")));
    }
    DevShards known = new DevShards(cluster.map().home(), shards);
    TopologyException refused = catchThrowableOfType(TopologyException.class, () -> apply(folder, "reference: [ ch_r ]", "{}", known));
    assertThat(refused.faults()).singleElement().asString()
        .startsWith("shard s2 can't say which of the tables [ch_r] exist there, which change their place (expected: an answer): ");
    assertThat(apply(folder, "reference: [ ch_r ]", "reference: [ ch_r ]\nfunctions: { f: local }", known).functions()).as("no table changes").hasSize(1);
  }
}
