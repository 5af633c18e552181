package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.ErrorFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// REPEATABLE READ over several shards: what `shardgate.snapshot` allows, and what it doesn't.
final class SnapshotIT {
  private static final String PER_SHARD = "SET shardgate.snapshot = 'per-shard'";
  private static final String READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  private static final String REFUSED = "a REPEATABLE READ transaction cannot use more than one shard";

  private static TestCluster cluster;

  /// A key of each shard.
  private static final Map<String, Long> KEYS = new TreeMap<>();

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("groups:\n  customer: { strategy: hash, key: bigint, tables: { cust: id } }\nreference: [ countries ]\n");
    cluster.execute("CREATE TABLE cust (id bigint PRIMARY KEY, n int)", "CREATE TABLE countries (code text PRIMARY KEY)");
  }

  @BeforeEach
  void rows() {
    cluster.execute("TRUNCATE cust", "INSERT INTO cust SELECT i, 0 FROM generate_series(1, 40) i");
    for (String shard : cluster.shardNames()) {
      KEYS.put(shard, Long.parseLong(cluster.valueOn(shard, "SELECT min(id) FROM cust")));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static long key(String shard) {
    return KEYS.getOrDefault(shard, -1L);
  }

  private static String one(String shard) {
    return "SELECT n FROM cust WHERE id = " + key(shard);
  }

  private static void raise(String shard) {
    cluster.execute("UPDATE cust SET n = n + 1 WHERE id = " + key(shard));
  }

  private static WireClient with(String... statements) {
    WireClient client = cluster.wire();
    for (String sql : statements) {
      assertThat(client.query(sql)).as(sql).noneMatch(io.shardgate.pgwire.message.BackendMessage.ErrorResponse.class::isInstance);
    }
    return client;
  }

  private static void assertRefused(WireClient client, String sql) {
    ErrorFields error = client.error(sql);
    assertThat(error.message()).as(sql).contains("cannot use more than one shard");
    assertThat(error.code()).isEqualTo("0A000");
    assertThat(error.hint().orElse("")).contains("SET shardgate.snapshot = 'per-shard'");
  }

  @Test
  void eachShardHasTheSnapshotOfItsFirstUseToTheEnd() {
    try (WireClient client = with(PER_SHARD, READING)) {
      assertThat(client.value(one("s2"))).isEqualTo("0");
      raise("s2");
      raise("s3");
      assertThat(client.value(one("s3"))).isEqualTo("1");
      raise("s3");
      raise("s4");
      assertThat(client.value("SELECT sum(n) FROM cust")).isEqualTo("2"); // 0 of s2, 1 of s3, 1 of s4
      raise("s1");
      raise("s4");
      assertThat(client.value("SELECT sum(n) FROM cust")).isEqualTo("2");
      assertThat(client.rows("SELECT id, n FROM cust WHERE n > 0 ORDER BY n, id")).hasSize(2);
      assertThat(client.value("SELECT sum(a.n + b.n) FROM cust a JOIN cust b ON a.id = b.id + 0")).isEqualTo("4");
      assertThat(client.query("COPY (SELECT n FROM cust WHERE n > 0) TO STDOUT").stream().map(String::valueOf).filter(each -> each.contains("CopyData")))
          .isNotEmpty();
      client.query("DECLARE c CURSOR FOR SELECT n FROM cust ORDER BY n DESC, id");
      assertThat(client.rows("FETCH 3 FROM c")).containsExactly("1", "1", "0");
      client.query("COMMIT");
      assertThat(client.value("SELECT sum(n) FROM cust")).isEqualTo("6");
    }
  }

  /// As pg_dump begins: LOCK TABLE takes no snapshot, but comes to every shard.
  @Test
  void aLockOnAllShardsTakesAllSnapshots() {
    try (WireClient client = with(PER_SHARD, "BEGIN", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")) {
      client.query("LOCK TABLE cust, countries IN ACCESS SHARE MODE");
      cluster.shardNames().forEach(SnapshotIT::raise);
      assertThat(client.query("COPY cust TO STDOUT").stream().map(String::valueOf).filter(each -> each.startsWith("CopyData"))).hasSize(40);
      assertThat(client.value("SELECT sum(n) FROM cust")).isEqualTo("0");
      client.query("COMMIT");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE"
      })
  void onlyRepeatableReadThatReadsOnly(String begin) {
    try (WireClient client = with(PER_SHARD, begin)) {
      assertRefused(client, "SELECT count(*) FROM cust");
      client.query("ROLLBACK");
      client.query(begin);
      assertThat(client.value(one("s2"))).isEqualTo("0");
      assertRefused(client, one("s3"));
    }
  }

  @Test
  void notUnlessItIsSet() {
    try (WireClient client = with(READING)) {
      assertThat(client.error("SELECT count(*) FROM cust").message()).isEqualTo(REFUSED);
      client.query("ROLLBACK");
      client.query(READING);
      client.query("SET LOCAL shardgate.snapshot = 'per-shard'");
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
      client.query("COMMIT");
      client.query(READING);
      assertRefused(client, "SELECT count(*) FROM cust");
    }
  }

  /// What counts is the setting when the second shard comes in: from then on each shard has its snapshot, whatever is set.
  @Test
  void theSettingCountsAtTheSecondShard() {
    try (WireClient client = with(READING, one("s2"))) {
      client.query(PER_SHARD);
      raise("s3");
      assertThat(client.value(one("s3"))).isEqualTo("1");
      client.query("SET shardgate.snapshot = 'consistent'");
      raise("s3");
      assertThat(client.value(one("s3"))).isEqualTo("1");
      assertThat(client.value(one("s4"))).isEqualTo("0");
      client.query("COMMIT");
      client.query(READING);
      assertThat(client.value(one("s2"))).isEqualTo("0");
      assertRefused(client, one("s3"));
    }
  }

  @Test
  void aTransactionThatHasReadCannotBeginToWrite() {
    try (WireClient client = with(PER_SHARD, READING, "SELECT count(*) FROM cust")) {
      for (String sql : List.of("SET TRANSACTION READ WRITE", "SET transaction_read_only = off")) {
        client.query("SAVEPOINT s");
        assertThat(client.error(sql).code()).as(sql).isEqualTo("25001");
        client.query("ROLLBACK TO s");
      }
      client.query("SAVEPOINT s");
      assertThat(client.error("UPDATE cust SET n = 5 WHERE id = " + key("s2")).code()).isEqualTo("25006");
      client.query("ROLLBACK TO s");
      assertThat(client.value("SELECT sum(n) FROM cust")).isEqualTo("0");
      client.query("COMMIT");
    }
  }

  /// A function's setting is one server's; READ ONLY is the transaction's.
  @Test
  void readOnlyHoldsOnEveryShardWhateverSetIt() {
    try (WireClient client = with(PER_SHARD, "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT set_config('transaction_read_only', 'on', true)")) {
      assertThat(client.value(one("s3"))).isEqualTo("0");
      assertThat(client.error("UPDATE cust SET n = 5 WHERE id = " + key("s3")).code()).isEqualTo("25006");
    }
  }

  /// READ ONLY that a subtransaction set ends with it, and so does what it allowed.
  @ParameterizedTest
  @ValueSource(strings = {"ROLLBACK TO s", "RELEASE s"})
  void readOnlyOfASubtransactionDoesNotLast(String end) {
    try (WireClient client = with(PER_SHARD, "BEGIN ISOLATION LEVEL REPEATABLE READ", one("s2"), "SAVEPOINT s", "SET TRANSACTION READ ONLY")) {
      assertThat(client.value(one("s3"))).isEqualTo("0");
      client.query(end);
      assertRefused(client, "UPDATE cust SET n = 1 WHERE id = " + key("s3"));
      client.query("ROLLBACK");
    }
    assertThat(cluster.value("SELECT sum(n) FROM cust")).isEqualTo("0");
  }

  /// Of READ COMMITTED it is known that it may; of the next one it is not.
  @ParameterizedTest
  @ValueSource(strings = {"COMMIT AND CHAIN", "ROLLBACK AND CHAIN"})
  void theNextTransactionOfAChainIsAskedAgain(String chain) {
    try (WireClient client = with("BEGIN", "SELECT count(*) FROM cust", chain)) {
      client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      assertThat(client.value(one("s2"))).isEqualTo("0");
      assertRefused(client, one("s3"));
    }
  }

  /// Shards that a session keeps are in no transaction's block until they are used.
  @Test
  void shardsThatTheSessionHoldsAreAskedToo() {
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN");
      client.query("DECLARE held CURSOR WITH HOLD FOR " + one("s2"));
      client.query("COMMIT");
      client.query("LISTEN something");
      client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      assertThat(client.value(one("s2"))).isEqualTo("0");
      assertRefused(client, "SELECT count(*) FROM pg_class");
    }
  }

  @Test
  void theSettingIsLikeOneOfPostgres() {
    List<String> seen = new ArrayList<>();
    try (WireClient client = cluster.wire()) {
      for (String sql :
          List.of(
              "", PER_SHARD, "RESET shardgate.snapshot", "SET SESSION shardgate.snapshot TO 'per-shard'", "SET shardgate.snapshot TO DEFAULT", PER_SHARD, "RESET ALL",
              "SELECT set_config('shardgate.snapshot', 'per-shard', false)", "DISCARD ALL", "BEGIN", "SET LOCAL shardgate.snapshot = 'per-shard'", "COMMIT", "BEGIN",
              PER_SHARD, "ROLLBACK", "BEGIN", PER_SHARD, "SAVEPOINT s", "SET shardgate.snapshot = consistent", "ROLLBACK TO s", "COMMIT", "SET \"ShardGate\".\"Snapshot\" = 'consistent'")) {
        if (!sql.isEmpty()) {
          client.query(sql);
        }
        String shown = client.value("SHOW shardgate.snapshot");
        assertThat(client.value("SELECT current_setting('shardgate.snapshot')")).as(sql).isEqualTo(shown);
        assertThat(client.value("SELECT current_setting('shardgate.snapshot') FROM cust WHERE id = " + key("s3"))).as(sql).isEqualTo(shown);
        seen.add(shown.equals("consistent") ? "-" : shown.equals("per-shard") ? "p" : shown);
      }
      assertThat(String.join("", seen)).isEqualTo("-p-p-p-p--p--p--pp-pp-");
      client.query(PER_SHARD);
      for (String sql :
          List.of("SET shardgate.snapshot = 'each'", "SET shardgate.snapshot = ''", "SET LOCAL shardgate.snapshot = each", "SELECT set_config('Shardgate.Snapshot', 'each', true)")) {
        ErrorFields error = client.error(sql);
        assertThat(error.code()).as(sql).isEqualTo("22023");
        assertThat(error.message()).isIn("invalid value for parameter \"shardgate.snapshot\": \"each\"", "invalid value for parameter \"shardgate.snapshot\": \"\"");
        assertThat(error.hint()).contains("Available values: consistent, per-shard.");
      }
      assertThat(client.value("SHOW shardgate.snapshot")).isEqualTo("per-shard");
    }
  }

  private static WireClient startingWith(String options, String... refusedWith) {
    WireClient client = cluster.tcp();
    assertThat(client.startup(Map.of("user", "app", "database", cluster.database(), "options", options), "app").map(ErrorFields::code).stream().toList())
        .containsExactly(refusedWith);
    return client;
  }

  @Test
  void aSessionBeginsWithWhatItsStartupAndItsRoleSay() {
    String role = "ALTER ROLE app IN DATABASE " + cluster.database();
    try (WireClient client = startingWith("-c shardgate.snapshot=per-shard")) {
      client.query(READING);
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
      client.query("COMMIT");
      client.query("SET shardgate.snapshot = 'consistent'");
      client.query("RESET shardgate.snapshot");
      assertThat(client.value("SHOW shardgate.snapshot")).isEqualTo("per-shard");
    }
    startingWith("-c shardgate.snapshot=nonsense", "22023").close();
    for (String[] each : new String[][] {{"per-shard", "per-shard"}, {"nonsense", "consistent"}}) {
      cluster.executeOnEach(role + " SET shardgate.snapshot = '" + each[0] + "'");
      cluster.execute("GRANT SELECT ON cust TO PUBLIC"); // what was remembered of roles is forgotten
      try (WireClient client = cluster.wire()) {
        assertThat(client.value("SHOW shardgate.snapshot")).isEqualTo(each[1]);
      }
      try (WireClient client = startingWith("-c shardgate.snapshot=consistent")) {
        client.query(READING);
        assertRefused(client, "SELECT count(*) FROM cust");
      }
    }
    cluster.executeOnEach(role + " RESET shardgate.snapshot");
    cluster.execute("REVOKE SELECT ON cust FROM PUBLIC");
  }

  /// As pg_dump does, which doesn't know whether the server has the setting.
  @Test
  void aSettingIsSetByItsRowInPgSettings() {
    try (WireClient client = cluster.wire()) {
      for (String name : List.of("work_mem", "no_such_setting")) {
        client.query("SELECT set_config(name, '7MB', false) FROM pg_settings WHERE name = '" + name + "'");
      }
      assertThat(client.value("SELECT current_setting('work_mem') FROM cust WHERE id = " + key("s3"))).isEqualTo("7MB");
      assertThat(client.error("SELECT set_config(name, '7MB', false) FROM pg_settings WHERE name LIKE 'work_mem'").message()).contains("computed name");
      assertThat(client.error("SELECT set_config(name, '7MB', false) FROM pg_settings WHERE name = 'work_mem' OR true").message()).contains("computed name");
    }
  }
}
