package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.Heard;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Statements around queries over several shards, and queries that lock: COPY … TO STDOUT, EXPLAIN, FOR UPDATE. Names that end with `_h` are of home tables with the same rows.
@Timeout(60)
final class GatherFormsIT {
  private static final String TOPOLOGY = "groups: { g: { strategy: hash, key: bigint, tables: { odd: id, acc: id, many: id, kept: id } } }";
  private static final Pattern NAMES = Pattern.compile("\\b(odd|acc|many)\\b");

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    // Types have other numbers on the other shards.
    cluster.executeOn("s3", "CREATE TYPE public.before AS ENUM ('x')");
    cluster.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')");
    for (String sql :
        List.of(
            "CREATE TABLE odd (id bigint PRIMARY KEY, t text, v varchar(9), n numeric, at timestamptz, by bytea, ta text[], ma mood[], m mood, j jsonb, f float8)",
            """
            INSERT INTO odd SELECT i, (ARRAY['', '\\N', 'NULL', '\\.', 'a,b', 'tab' || chr(9) || 'x', 'line' || chr(10) || 'x', 'cr' || chr(13), 'quote"s', 'it''s', 'back\\slash', '|', '~', ' lead', 'ä漢😀',
              chr(1) || 'x' || chr(8) || chr(11) || chr(12) || chr(127), '"', '""', ';', NULL])[i], CASE i % 4 WHEN 0 THEN '\\.' WHEN 1 THEN 'x' END, i + 0.50, '2026-01-01 10:00Z'::timestamptz + i * interval '1 day',
              decode(lpad(to_hex(i * 7), 4, '0'), 'hex'), ARRAY['a,"b', NULL, '\\'], '{sad,ok}', 'ok', jsonb_build_object('a', E'\\n' || i), i / 3.0 FROM generate_series(1, 20) i
            """,
            "CREATE TABLE acc (id bigint PRIMARY KEY, who text, amount int)", "INSERT INTO acc SELECT i, 'w' || i % 3, i * 10 FROM generate_series(1, 30) i",
            "CREATE TABLE many (id bigint PRIMARY KEY, t text)", "INSERT INTO many SELECT i, repeat(i::text || E'\\t', 20) FROM generate_series(1, 20000) i")) {
      cluster.execute(sql, atHome(sql));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String atHome(String sql) {
    return NAMES.matcher(sql).replaceAll("$1_h");
  }

  private static List<String> plain(List<String> lines) {
    return lines.stream().map(line -> line.replace("_h", "")).toList();
  }

  private static void assertAlike(WireClient client, String sql) {
    assertThat(plain(Heard.simply(client, sql))).as(sql).isEqualTo(plain(Heard.simply(client, atHome(sql))));
  }

  static List<String> copies() {
    return List.of(
        "", "CSV", "(FORMAT csv, HEADER)", "(FORMAT csv, HEADER true, FORCE_QUOTE *)", "(FORMAT csv, FORCE_QUOTE (t, n))", "(FORMAT csv, DELIMITER '|', NULL 'NULL', QUOTE '''', ESCAPE '\\')", "(FORMAT csv, NULL '\\N')",
        "CSV HEADER QUOTE '~' FORCE QUOTE v", "(HEADER)", "(DELIMITER '|', NULL '')", "(DELIMITER ';', NULL '~')", "WITH DELIMITER AS ',' NULL AS 'x y'", "(FORMAT binary)", "BINARY", "(FORMAT text, ENCODING 'UTF8')", "(DELIMITER E'\\x01')",
        "(HEADER match)", "(FORMAT nope)", "(DELIMITER 'ab')", "(FORCE_QUOTE *)", "(FORMAT csv, FORCE_QUOTE (nope))", "(FORMAT binary, HEADER)", "(FREEZE)", "(nope)");
  }

  @ParameterizedTest
  @MethodSource("copies")
  void copiedQueriesAreByteForByteAsOneServersCopies(String options) {
    try (WireClient client = cluster.wire()) {
      client.query("SET bytea_output = escape");
      client.query("SET extra_float_digits = 0");
      for (String query : List.of("SELECT * FROM odd ORDER BY id", "SELECT t, v, t FROM odd ORDER BY id", "SELECT t FROM odd WHERE id > 3 ORDER BY id", "SELECT v FROM odd ORDER BY id", "SELECT t FROM odd WHERE id < 0")) {
        assertAlike(client, "COPY (" + query + ") TO STDOUT " + options);
      }
    }
  }

  @Test
  void otherCopiedQueries() {
    try (WireClient client = cluster.wire()) {
      for (String sql :
          List.of(
              "COPY (SELECT count(*), NULL, sum(n) FROM odd) TO STDOUT", "COPY (SELECT FROM odd LIMIT 2) TO STDOUT", "COPY (SELECT FROM odd LIMIT 2) TO STDOUT (FORMAT binary)",
              "COPY (SELECT id AS \"a,b\", t AS \"q\"\"\" FROM odd WHERE id = 3 OR id = 4 ORDER BY 1 -- why\n) TO STDOUT CSV HEADER", "COPY (TABLE odd ORDER BY id LIMIT 3) TO STDOUT", "COPY (SELECT nope FROM odd) TO STDOUT",
              "COPY (SELECT 1 / (count(*) - count(*)) FROM odd WHERE id > 2) TO STDOUT", "COPY (SELECT * FROM odd FOR UPDATE) TO STDOUT (FORMAT nope)", "COPY (SELECT row(id, m) FROM odd ORDER BY id) TO STDOUT", "COPY (SELECT id FROM odd WHERE t = 'a'::date) TO STDOUT",
              "COPY (SELECT id FROM odd WHERE id IN (1, 2, 3, 4)) TO STDOUT (FORMAT csv, DELIMITER 'xx')", "COPY (SELECT * FROM odd WHERE false) TO STDOUT (FORMAT binary)")) {
        assertAlike(client, sql);
      }
      assertThat(client.error("COPY (SELECT t FROM odd) TO STDOUT (ENCODING 'LATIN1')").code()).isEqualTo("0A000");
      assertThat(client.error("COPY (SELECT nope FROM odd) TO STDOUT").position()).hasValue(14);
      assertThat(client.error("COPY (SELECT id FROM odd) TO STDOUT (nope)").position()).hasValue(38);
      client.query("SET client_encoding = latin1");
      for (String options : List.of("", "CSV", "(ENCODING 'latin1')")) {
        assertAlike(client, "COPY (SELECT t FROM odd WHERE id <> 15 ORDER BY id) TO STDOUT " + options);
      }
      client.query("RESET client_encoding");
      for (String isolation : List.of("REPEATABLE READ", "SERIALIZABLE")) {
        client.query("BEGIN ISOLATION LEVEL " + isolation);
        assertThat(client.query("COPY (SELECT id FROM odd) TO STDOUT")).hasSize(2);
        client.query("ROLLBACK");
      }
    }
  }

  @Test
  void copiesOfManyRowsAndOfTheExtendedProtocol() {
    try (WireClient client = cluster.wire()) {
      assertAlike(client, "COPY (SELECT * FROM many ORDER BY id) TO STDOUT");
      assertAlike(client, "COPY (SELECT * FROM many ORDER BY t, id) TO STDOUT (FORMAT binary)");
      for (String sql : List.of("COPY (SELECT * FROM odd ORDER BY id) TO STDOUT", "COPY (SELECT m, ma FROM odd ORDER BY id) TO STDOUT BINARY", "COPY (SELECT nope FROM odd) TO STDOUT")) {
        assertThat(plain(Heard.extended(client, sql, 0))).as(sql).isEqualTo(plain(Heard.extended(client, atHome(sql), 0)));
        if (!sql.contains("nope")) {
          client.query("BEGIN");
          assertThat(plain(Heard.extended(client, sql, 0))).as(sql).isEqualTo(plain(Heard.extended(client, atHome(sql), 0)));
          client.query("ROLLBACK");
        }
      }
      assertThat(client.rows("SELECT count(*) FROM odd")).containsExactly("20");
    }
  }

  private static List<String> prepared(WireClient client, String name, String sql, List<String> values) {
    client.send(out -> {
      if (!sql.isEmpty()) {
        FrontendWriter.parse(out, name, sql.getBytes(StandardCharsets.UTF_8), new int[0]);
      }
      FrontendWriter.bind(out, "", name, new int[0], values.stream().map(value -> value.getBytes(StandardCharsets.UTF_8)).toList(), new int[0]);
      FrontendWriter.describePortal(out, "");
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    });
    return plain(Heard.lines(client.readToReady()));
  }

  /// Each step asks once with the statement of before, and once with the same text prepared anew.
  @Test
  void whatShardsKeepPreparedMeansWhatTheClientsStatementMeans() {
    Map<String, List<String>> statements =
        Map.of("whole", List.of("TABLE kept ORDER BY id"), "some", List.of("SELECT id, who, amount FROM kept WHERE amount > $1 ORDER BY id", "100"), "group", List.of("SELECT id, count(*) FROM kept GROUP BY id"), "group and more", List.of("SELECT amount FROM kept GROUP BY id, amount"),
            "page", List.of("SELECT id, amount FROM kept ORDER BY id LIMIT $1 OFFSET $2", "5", "7"), "gathered", List.of("SELECT max(amount), count(*) AS n FROM kept"));
    cluster.execute("CREATE TABLE kept_h (id bigint PRIMARY KEY, who text, amount int)", "INSERT INTO kept_h SELECT i, 'w' || i % 3, i * 10 FROM generate_series(1, 30) i");
    cluster.execute("CREATE TABLE kept (id bigint PRIMARY KEY, who text, amount int)", "INSERT INTO kept SELECT i, 'w' || i % 3, i * 10 FROM generate_series(1, 30) i");
    List<String> steps =
        List.of(
            "SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5", "SELECT 6", "DEALLOCATE some", "SET search_path = pg_catalog", "SET search_path = public", 
            "ALTER TABLE kept ALTER amount TYPE bigint", "ALTER TABLE kept ADD more text DEFAULT 'x'", "DISCARD ALL", "ALTER TABLE kept DROP who", "DROP TABLE kept");
    try (WireClient client = cluster.wire();
        WireClient home = cluster.wire()) {
      for (String step : steps) {
        boolean change = step.contains("kept") && !step.startsWith("SET");
        if (change) {
          cluster.execute(step, step.replaceFirst("\\bkept\\b", "kept_h"));
        } else {
          client.query(step);
          home.query(step);
        }
        statements.forEach((name, of) -> {
          List<String> values = of.subList(1, of.size());
          String atHome = of.getFirst().replace("kept", "kept_h");
          if (!step.equals("SELECT 1")) {
            assertSame(step + " " + name, prepared(client, name, "", values), prepared(home, name, "", values));
          }
          assertSame(step + " " + name + " anew", prepared(client, step + name, of.getFirst(), values), prepared(home, step + name, atHome, values));
          if (step.equals("SELECT 1")) {
            assertSame(name, prepared(client, name, of.getFirst(), values), prepared(home, name, atHome, values));
          }
        });
      }
    }
  }

  private static void assertSame(String what, List<String> lines, List<String> atHome) {
    if (what.contains("group")) {
      assertThat(lines).as(what).containsExactlyInAnyOrderElementsOf(atHome);
    } else {
      assertThat(lines).as(what).isEqualTo(atHome);
    }
  }

  /// A statement outside of a transaction is one of its own on each shard; the level it would have is looked at whenever it may have changed.
  @Test
  void aStatementOfItsOwnAsksForNoLevelThatShardsCannotShare() {
    String query = "SELECT id, who, amount FROM acc ORDER BY id";
    try (WireClient client = cluster.wire()) {
      for (String raise :
          List.of(
              "SET default_transaction_isolation = 'repeatable read'", "SELECT set_config('default_transaction_isolation', 'serializable', false)",
              "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ")) {
        assertThat(client.rows(query)).as("before %s", raise).hasSize(30);
        client.query(raise);
        assertThat(Heard.simply(client, query)).as(raise).anyMatch(line -> line.startsWith("error 0A000"));
        assertThat(client.rows("SELECT who FROM acc WHERE id = 3")).containsExactly("w0");
        client.query("RESET default_transaction_isolation");
        assertThat(client.rows(query)).as("after %s", raise).hasSize(30);
      }
      client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      assertThat(client.error(query).code()).isEqualTo("0A000");
      client.query("ROLLBACK");
      client.send(out -> {
        for (String sql : List.of(query, "BEGIN ISOLATION LEVEL REPEATABLE READ", query)) {
          FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
          FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
          FrontendWriter.execute(out, "", 0);
        }
        FrontendWriter.sync(out);
      });
      assertThat(WireClient.errorIn(client.readToReady()).code()).isIn("0A000", "25001");
      client.query("ROLLBACK");
      assertThat(client.rows(query)).hasSize(30);
      assertThat(cluster.shardNames()).allSatisfy(
          shard -> assertThat(cluster.valueOn(shard, "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle' AND query LIKE 'SELECT id, who, amount%acc%'")).as("no COMMIT behind it on " + shard).isEqualTo("t"));
    }
  }

  /// What a function or a block of code sets is set on whatever connection comes next.
  @Test
  void settingsThatCodeChangesAreTheSessions() {
    cluster.execute(
        "CREATE FUNCTION tenant(t text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('app.tenant', t, false) $$",
        "CREATE FUNCTION of_tenant(t text) RETURNS void LANGUAGE plpgsql AS $$ DECLARE x text; BEGIN x := tenant(t); END $$",
        "CREATE FUNCTION meanwhile(t text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('app.tenant', t, true) $$",
        "CREATE FUNCTION german() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET TIME ZONE 'Asia/Tokyo'; SET datestyle = german; END $$",
        "CREATE PROCEDURE raise_level() LANGUAGE plpgsql AS $$ BEGIN IF true THEN SET default_transaction_isolation TO 'repeatable read'; END IF; END $$",
        "CREATE FUNCTION any_setting(n text, v text) RETURNS text LANGUAGE sql AS $$ SELECT set_config(n, v, false) $$",
        "CREATE FUNCTION changes_rows() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE acc_h SET amount = amount WHERE false; END $$");
    try (WireClient client = cluster.wire()) {
      assertThat(client.value("SELECT tenant('7')")).isEqualTo("7");
      assertTenant(client, "7");
      client.query("SELECT of_tenant('8')");
      assertTenant(client, "8");
      client.query("BEGIN");
      client.query("SELECT of_tenant('9')");
      assertTenant(client, "9");
      client.query("ROLLBACK");
      assertTenant(client, "8");
      client.query("BEGIN");
      assertThat(client.value("SELECT meanwhile('10')")).isEqualTo("10");
      assertTenant(client, "10");
      client.query("COMMIT");
      assertTenant(client, "8");
      client.query("SELECT meanwhile('11')");
      assertTenant(client, "8");
      client.query("DO $$ BEGIN PERFORM tenant('12'); END $$");
      assertTenant(client, "12");
      client.query("DO $$ BEGIN SET app.tenant = '13'; END $$");
      assertTenant(client, "13");
      assertThat(Heard.simply(client, "SELECT german()")).contains("CommandComplete[tag=SELECT 1]");
      assertThat(Set.copyOf(client.rows("SELECT '2026-01-02 03:04+00'::timestamptz::text FROM acc WHERE id < 9"))).containsExactly("02.01.2026 12:04:00 JST");
      client.query("SELECT changes_rows()");
      assertThat(client.error("SELECT any_setting('app.tenant', '14')").message()).isEqualTo("set_config() with a computed name or is_local cannot be followed");
      assertTenant(client, "13");
      client.query("CALL raise_level()");
      assertThat(client.error("SELECT id FROM acc ORDER BY id").code()).isEqualTo("0A000");
    }
    cluster.execute(
        "DROP FUNCTION of_tenant(text)", "DROP FUNCTION tenant(text)", "DROP FUNCTION meanwhile(text)", "DROP FUNCTION german()", "DROP PROCEDURE raise_level()", "DROP FUNCTION any_setting(text, text)", "DROP FUNCTION changes_rows()");
  }

  private static void assertTenant(WireClient client, String tenant) {
    assertThat(client.value("SELECT current_setting('app.tenant', true)")).isEqualTo(tenant);
    List<String> everywhere = client.rows("SELECT current_setting('app.tenant', true) FROM acc WHERE id IN (1, 2, 3, 4, 5, 6, 7, 8)");
    assertThat(everywhere).hasSize(8);
    assertThat(Set.copyOf(everywhere)).containsExactly(tenant);
  }

  @Test
  void explainShowsEachShardsPlanUnderTheHomeShards() {
    try (WireClient client = cluster.wire()) {
      List<String> plan = client.rows("EXPLAIN (COSTS off) SELECT who, sum(amount) FROM acc WHERE amount > 20 GROUP BY who ORDER BY 1");
      assertThat(plan.getFirst()).as("the home shard's").contains("Aggregate");
      assertThat(plan).contains("Gathered from shard s1", "Gathered from shard s2", "Gathered from shard s3", "Gathered from shard s4");
      assertThat(plan).filteredOn(line -> line.startsWith("  ") && line.contains("Aggregate")).hasSize(4);
      assertThat(plan).filteredOn(line -> line.contains("Filter: (amount > 20)")).hasSize(4);
      assertThat(client.rows("EXPLAIN SELECT * FROM acc")).filteredOn(line -> line.contains("cost=")).hasSizeGreaterThan(4);
      List<String> analyzed = client.rows("EXPLAIN (ANALYZE, TIMING off) SELECT id FROM acc WHERE amount > 100 ORDER BY id");
      assertThat(analyzed).filteredOn(line -> line.matches("Gathered from shard s\\d: \\d+ rows, \\d+ bytes")).hasSize(4);
      assertThat(analyzed).filteredOn(line -> line.contains("Execution Time")).hasSize(5);
      int rows = analyzed.stream().filter(line -> line.startsWith("Gathered")).mapToInt(line -> Integer.parseInt(line.replaceAll(".*: (\\d+) rows.*", "$1"))).sum();
      assertThat(rows).isEqualTo(20);
      assertThat(client.error("EXPLAIN (FORMAT json) SELECT * FROM acc").code()).isEqualTo("0A000");
      for (String wrong : List.of("EXPLAIN SELECT nope FROM acc", "EXPLAIN (nope) SELECT id FROM acc", "EXPLAIN (ANALYZE) SELECT 1 / (id - 7) FROM acc")) {
        assertThat(client.error(wrong).code()).as(wrong).isEqualTo(client.error(atHome(wrong)).code());
      }
      assertThat(client.rows("EXPLAIN SELECT * FROM acc WHERE id = 3")).noneMatch(line -> line.startsWith("Gathered"));
      assertThat(client.error("EXPLAIN SELECT * FROM acc WHERE amount = $1").code()).isEqualTo("42P02");
      client.send(out -> {
        FrontendWriter.parse(out, "", "EXPLAIN (ANALYZE) SELECT * FROM acc WHERE amount > $1".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.describeStatement(out, "");
        FrontendWriter.bind(out, "", "", new int[0], List.of("100".getBytes(StandardCharsets.UTF_8)), new int[0]);
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      });
      List<BackendMessage> extended = client.readToReady();
      assertThat(extended).filteredOn(BackendMessage.DataRow.class::isInstance).hasSizeGreaterThan(9);
      assertThat(extended).contains(new BackendMessage.CommandComplete("EXPLAIN")).filteredOn(BackendMessage.RowDescription.class::isInstance).hasSize(1);
    }
  }

  @Test
  void rowsThatAreSelectedForUpdateAreLockedWhereTheyAre() {
    try (WireClient client = cluster.wire(); WireClient other = cluster.wire()) {
      for (String query :
          List.of("SELECT id, amount FROM acc WHERE amount > 100 ORDER BY id FOR UPDATE", "SELECT * FROM acc ORDER BY amount DESC FOR NO KEY UPDATE", "SELECT a.id FROM acc a WHERE who = 'w1' ORDER BY 1 FOR SHARE OF a NOWAIT",
              "SELECT id FROM acc WHERE id IN (1, 2, 3, 4, 5) ORDER BY id FOR KEY SHARE", "SELECT count(*) FROM acc FOR UPDATE", "SELECT id FROM acc FOR UPDATE OF nope", "SELECT amount / (id - id) FROM acc FOR UPDATE")) {
        assertAlike(client, query);
      }
      client.query("BEGIN");
      assertThat(client.rows("SELECT id FROM acc WHERE amount <= 100 AND who = 'w1' ORDER BY id FOR UPDATE")).containsExactly("1", "4", "7", "10");
      assertThat(other.rows("SELECT id FROM acc WHERE amount <= 120 AND who <> 'w2' ORDER BY id FOR UPDATE SKIP LOCKED")).as("nothing else is locked").containsExactly("3", "6", "9", "12");
      assertThat(other.error("SELECT id FROM acc FOR UPDATE NOWAIT").code()).isEqualTo("55P03");
      other.query("SET lock_timeout = '100ms'");
      for (int id = 1; id <= 12; id++) {
        boolean locked = List.of(1, 4, 7, 10).contains(id);
        List<BackendMessage> told = other.query("UPDATE acc SET amount = amount WHERE id = " + id);
        assertThat(told.stream().anyMatch(BackendMessage.ErrorResponse.class::isInstance)).as("row " + id).isEqualTo(locked);
      }
      client.query("UPDATE acc SET amount = amount + 1 WHERE id = 1");
      client.query("UPDATE acc SET amount = amount + 1 WHERE id = 4");
      assertThat(client.query("COMMIT").getFirst()).isEqualTo(new BackendMessage.CommandComplete("COMMIT"));
      assertThat(other.rows("SELECT amount FROM acc WHERE id IN (1, 4) ORDER BY id FOR UPDATE")).containsExactly("11", "41");
      client.query("UPDATE acc SET amount = amount - 1 WHERE id = 1");
      client.query("UPDATE acc SET amount = amount - 1 WHERE id = 4");
      client.query("BEGIN READ ONLY");
      assertThat(client.error("SELECT id FROM acc FOR UPDATE").code()).isEqualTo("25006");
      client.query("ROLLBACK");
      for (String refused :
          List.of("SELECT id FROM acc ORDER BY id LIMIT 3 FOR UPDATE", "SELECT a.id FROM acc a JOIN odd o ON o.id = a.amount FOR UPDATE OF a", "SELECT id FROM acc WHERE amount > (SELECT 3) FOR UPDATE", "SELECT * FROM (SELECT * FROM acc) a FOR UPDATE",
              "SELECT id FROM acc WHERE now() > '2020-01-01' FOR UPDATE", "SELECT id FROM odd WHERE at < 'today' FOR UPDATE", "WITH a AS (SELECT id FROM acc FOR UPDATE) SELECT * FROM a")) {
        assertThat(client.error(refused).code()).as(refused).isEqualTo("0A000");
      }
      client.query("BEGIN");
      assertThat(client.error("DECLARE c CURSOR FOR SELECT id FROM acc FOR UPDATE").code()).isEqualTo("0A000");
      client.query("ROLLBACK");
    }
  }

  @Test
  void whoWaitsForALockSeesWhatWasWritten() throws Exception {
    try (WireClient client = cluster.wire(); WireClient other = cluster.wire()) {
      client.query("BEGIN");
      client.query("UPDATE acc SET amount = -5 WHERE id = 20");
      other.sendQuery("SELECT id, amount FROM acc WHERE amount < 0 OR id = 21 OR amount = 200 ORDER BY id FOR UPDATE");
      assertThat(other.isSilentFor(200)).isTrue();
      client.query("COMMIT");
      assertThat(other.readToReady()).filteredOn(BackendMessage.DataRow.class::isInstance).hasSize(2);
      client.query("UPDATE acc SET amount = 200 WHERE id = 20");
    }
  }
}
