package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage.CommandComplete;
import io.shardgate.pgwire.message.ErrorFields;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
}
