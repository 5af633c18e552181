package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/// Queries over several shards. Each is asked of home tables with the same rows, too, whose names end with `_h`: as one PostgreSQL has them.
@Timeout(60)
final class GatherIT {
  private static final String TOPOLOGY =
      """
      groups:
        customer: { strategy: hash, key: bigint, tables: { cust: id, ord: customer_id, kinds: id, fat: id, parted: id, heirs: id } }
        event: { strategy: range, key: date, tables: { ev: at }, splits: [{ until: "2026-01-01", shard: s2 }, { shard: s3 }] }
      reference: [ land ]
      """;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY, config -> config.withLimits(config.limits().withGather(1 << 20, 1 << 20)));
    // Types have other numbers on the other shards.
    cluster.executeOn("s3", "CREATE TYPE public.before AS ENUM ('x'); CREATE TABLE public.gone (a int); DROP TABLE public.gone");
    cluster.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')", "CREATE DOMAIN share AS numeric(5, 2) CHECK (VALUE < 500)",
        "CREATE TYPE pair AS (a int, m mood)",
        "CREATE TABLE land (code text PRIMARY KEY, name text)", "CREATE TABLE home (id bigint PRIMARY KEY, note text)",
        "INSERT INTO land SELECT 'c' || i, 'Land ' || i FROM generate_series(1, 5) i",
        "INSERT INTO home SELECT i, 'note ' || i FROM generate_series(1, 20) i");
    for (String suffix : List.of("", "_h")) {
      cluster.execute(
          "CREATE TABLE cust%s (id bigint PRIMARY KEY, name text, land text, c text COLLATE \"C\", v varchar(7), p numeric(10, 3))".formatted(suffix),
          "CREATE TABLE ord%s (id bigint, customer_id int, at timestamptz, amount numeric(8, 2), n int, PRIMARY KEY (customer_id, id))".formatted(suffix),
          "CREATE TABLE ev%s (at date, id int, what text, PRIMARY KEY (at, id))".formatted(suffix),
          """
          CREATE TABLE kinds%s (id bigint PRIMARY KEY, i2 smallint, f4 real, f8 float8, b bool, ch char(4), by bytea, ts timestamp(3), tz timestamptz, iv interval,
            u uuid, j json, jb jsonb, m mood, d share, ia int[], ta text[], ma mood[], ip inet, mo money, bi bit(3), nm numeric)
          """.formatted(suffix));
    }
    for (String suffix : List.of("", "_h")) {
      cluster.execute("CREATE TABLE parted%1$s (id bigint PRIMARY KEY, n int) PARTITION BY RANGE (id)".formatted(suffix),
          "CREATE TABLE parted%1$s_all PARTITION OF parted%1$s FOR VALUES FROM (MINVALUE) TO (MAXVALUE)".formatted(suffix), "CREATE TABLE heirs%s (id bigint PRIMARY KEY, n int)".formatted(suffix),
          "CREATE TABLE heirs%1$s_child (PRIMARY KEY (id)) INHERITS (heirs%1$s)".formatted(suffix), "INSERT INTO parted%s SELECT i, i FROM generate_series(1, 9) i".formatted(suffix),
          "INSERT INTO heirs%s SELECT i, i FROM generate_series(1, 9) i".formatted(suffix), "INSERT INTO heirs%s_child SELECT i, i FROM generate_series(11, 19) i".formatted(suffix));
    }
    both("INSERT INTO cust VALUES " + rows(40, i -> "(%d, %s, 'c%d', 'c%d', 'v%d', %d.5)".formatted(i, i % 7 == 0 ? "NULL" : "'Name " + i % 13 + "'", i % 6, i % 4, i % 3, i % 5)));
    both("INSERT INTO ord VALUES " + rows(150, i -> "(%d, %d, '2026-01-%02d 10:00Z', %d.25, %s)".formatted(i, i % 45, 1 + i % 28, i * 3 % 50, i % 11 == 0 ? "NULL" : "" + i % 9)));
    both("INSERT INTO ev VALUES " + rows(30, i -> "('%s', %d, 'w%d')".formatted(LocalDate.of(2025, 12, 15).plusDays(i), i, i % 4)));
    both("INSERT INTO kinds VALUES " + rows(9, i -> kinds(i)));
  }

  private interface Row {
    String of(int i);
  }

  private static String rows(int count, Row row) {
    List<String> rows = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      rows.add(row.of(i));
    }
    return String.join(", ", rows);
  }

  private static String kinds(int i) {
    return i == 5
        ? "(5" + ", NULL".repeat(21) + ")"
        : """
          (%1$d, %1$d, 0.1, 1e-%1$d, true, 'a%1$d', '\\x00ff0%1$d', '2026-01-0%1$d 10:00:00.123', '2026-03-2%1$d 01:30+01', '%1$d days 1:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1%1$d',
           '{"a": %1$d}', '{"b": [%1$d]}', 'happy', %1$d.5, '{%1$d,NULL,2}', '{"a,b",NULL,"q\\"\\\\"}', '{sad,ok}', '10.0.0.%1$d', '%1$d.10', B'101', %2$s)
          """.formatted(i, i == 3 ? "'NaN'" : "1.10" + "0".repeat(i));
  }

  private static void both(String sql) {
    cluster.execute(sql, sql.replaceFirst("INTO (\\w+)", "INTO $1_h"));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  static List<String> queries() {
    return List.of(
        "SELECT count(*) FROM cust",
        "SELECT * FROM cust ORDER BY id",
        "SELECT cust.* FROM cust ORDER BY name DESC NULLS FIRST, id LIMIT 7 OFFSET 3",
        "SELECT id, name FROM cust WHERE id IN (1, 2, 3, 4, 5, 40, 999) ORDER BY 1",
        "SELECT id FROM cust WHERE id = ANY ('{1,2,3,41}') AND name IS NOT NULL ORDER BY id",
        "SELECT land, count(*), count(name), min(name), max(p), sum(p), avg(p), bool_and(p > 1), array_agg(id ORDER BY id DESC) FROM cust GROUP BY land HAVING count(*) > 2 ORDER BY 1",
        "SELECT count(DISTINCT name), string_agg(v, ',' ORDER BY id), sum(id), avg(id), stddev(p), var_pop(p) FROM cust",
        "SELECT DISTINCT land FROM cust ORDER BY land DESC",
        "SELECT DISTINCT ON (land) land, id, name FROM cust ORDER BY land, id DESC",
        "SELECT c.name, o.amount FROM cust c JOIN ord o ON o.customer_id = c.id WHERE o.amount > 30 AND c.land <> 'c1' ORDER BY o.id",
        "SELECT c.id, o.id FROM cust c LEFT JOIN ord o ON o.customer_id = c.id AND o.n > 5 WHERE o.id IS NULL ORDER BY 1, 2",
        "SELECT c.id, o.id FROM cust c LEFT JOIN ord o ON o.customer_id = c.id WHERE o.n IS NULL ORDER BY 1, 2",
        "SELECT c.id, o.id FROM cust c FULL JOIN ord o ON o.customer_id = c.id AND c.land = 'c2' ORDER BY c.id NULLS FIRST, o.id NULLS LAST LIMIT 50",
        "SELECT count(*) FROM cust a, cust b WHERE a.name = b.name AND a.id < b.id",
        "SELECT id, (SELECT count(*) FROM ord o WHERE o.customer_id = c.id) FROM cust c ORDER BY 2 DESC, 1 LIMIT 5",
        "SELECT id FROM cust c WHERE EXISTS (SELECT 1 FROM ord WHERE customer_id = c.id AND n = 3) ORDER BY id",
        "SELECT id FROM cust WHERE id NOT IN (SELECT customer_id FROM ord WHERE amount > 10) ORDER BY id",
        "SELECT o.* FROM cust c, LATERAL (SELECT * FROM ord WHERE customer_id = c.id ORDER BY amount DESC, id LIMIT 1) o ORDER BY o.id",
        "WITH big AS (SELECT * FROM ord WHERE amount > 20), t AS (SELECT customer_id, sum(amount) s FROM big GROUP BY 1) SELECT * FROM t JOIN cust ON cust.id = t.customer_id ORDER BY s DESC, 1",
        "WITH RECURSIVE r AS (SELECT id, 1 AS depth FROM cust WHERE id = 1 UNION ALL SELECT c.id, depth + 1 FROM r JOIN cust c ON c.id = r.id + 1 WHERE depth < 9) SELECT * FROM r ORDER BY id",
        "SELECT id, rank() OVER (PARTITION BY land ORDER BY p, id), sum(p) OVER (ORDER BY id ROWS 2 PRECEDING) FROM cust ORDER BY id",
        "SELECT land, v, count(*) FROM cust GROUP BY ROLLUP (land, v) ORDER BY 1, 2",
        "SELECT id FROM cust UNION SELECT customer_id FROM ord ORDER BY 1",
        "SELECT land FROM cust EXCEPT SELECT code FROM land ORDER BY 1",
        "SELECT c.id, l.name, h.note FROM cust c JOIN land l ON l.code = c.land JOIN home h ON h.id = c.id ORDER BY c.id",
        "SELECT l.code, count(c.id) FROM land l LEFT JOIN cust c ON c.land = l.code GROUP BY l.code ORDER BY 1",
        "SELECT * FROM home NATURAL JOIN cust ORDER BY id",
        "SELECT id, note, n FROM home JOIN ord USING (id) ORDER BY id",
        "SELECT relkind, count(c.id) FROM pg_class, cust c WHERE relname = 'cust' GROUP BY 1",
        "SELECT * FROM ev WHERE at > '2025-12-30' ORDER BY at, id",
        "SELECT count(*) FROM ev WHERE at <= 'today' OR at > 'tomorrow'",
        "SELECT count(*) FROM ev WHERE at > 'today'",
        "SELECT id FROM ev WHERE at > 'today' AND id > 0 ORDER BY id LIMIT 3",
        "SELECT count(*) FROM ev WHERE at < now() - interval '1 day'",
        "SELECT e.what, c.id FROM ev e JOIN cust c ON c.id = e.id ORDER BY e.id",
        "SELECT row_to_json(x) FROM cust x ORDER BY id LIMIT 2",
        "SELECT (x).name, x.id FROM cust x ORDER BY x.id LIMIT 2",
        "SELECT c FROM cust ORDER BY c COLLATE \"C\", id LIMIT 5",
        "SELECT x.b FROM cust AS x (a, b) ORDER BY x.a LIMIT 3",
        "SELECT public.cust.id FROM public.cust WHERE false",
        "SELECT name FROM cust WHERE c > 'c1' ORDER BY c, id",
        "SELECT max(c), min(v) FROM cust",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY p), mode() WITHIN GROUP (ORDER BY land) FROM cust",
        "SELECT count(*) FILTER (WHERE n > 3), sum(n) FILTER (WHERE amount < 10) FROM ord",
        "SELECT CASE WHEN p > 2 THEN 'a' ELSE 'b' END x, count(*) FROM cust GROUP BY 1 ORDER BY 2, 1",
        "SELECT g, count(c.id) FROM generate_series(1, 10) g LEFT JOIN cust c ON c.id = g * 5 GROUP BY g ORDER BY g",
        "SELECT land AS l, count(*) c, avg(id), sum(p) FROM cust WHERE id > 3 AND name IS NOT NULL GROUP BY land ORDER BY count(*) DESC, l LIMIT 3",
        "SELECT count(*) FILTER (WHERE p > 2), min(c), max(v), avg(p), bool_or(p > 4) FROM cust WHERE (land = 'c1' OR land = 'c2')",
        "SELECT customer_id, sum(n), avg(n), min(amount), count(n) FROM ord GROUP BY customer_id HAVING sum(n) > 10 AND count(*) > 2 ORDER BY customer_id",
        "SELECT avg(n), sum(n), count(n) FROM ord WHERE id < 0",
        "SELECT land, v FROM cust GROUP BY v, land ORDER BY land, v",
        "SELECT round(avg(p), 2) + 1, coalesce(sum(id), 0) * 2 FROM cust",
        "SELECT o.customer_id FROM ord o GROUP BY o.customer_id ORDER BY max(o.amount) DESC, o.customer_id LIMIT 4",
        "SELECT id, name AS p FROM cust WHERE id > 5 ORDER BY p DESC NULLS LAST, 1 LIMIT 5 OFFSET 2",
        "SELECT id::text FROM cust ORDER BY id LIMIT 2",
        "SELECT amount, id FROM ord ORDER BY amount DESC, id LIMIT 4",
        "SELECT id, p * 2 AS q FROM cust ORDER BY q DESC, id LIMIT 3",
        "SELECT id FROM cust ORDER BY p + id LIMIT 2 OFFSET 100",
        "SELECT id FROM cust ORDER BY id LIMIT NULL OFFSET 38",
        "SELECT id FROM cust ORDER BY id LIMIT NULL",
        "SELECT id FROM cust ORDER BY c COLLATE \"C\" DESC, id LIMIT 3",
        "SELECT cust.id, name, land || v, count(*) FROM cust JOIN ord ON customer_id = cust.id GROUP BY cust.id ORDER BY 1",
        "SELECT k.*, count(o.n) FROM cust k LEFT JOIN ord o ON o.customer_id = k.id WHERE k.id < 20 GROUP BY k.id HAVING k.name > 'A' ORDER BY k.p, k.id",
        "SELECT * FROM (SELECT l.name, sum(p) FROM land l LEFT JOIN cust ON land = code GROUP BY (l.code)) x ORDER BY 1",
        "SELECT * FROM kinds ORDER BY id",
        "SELECT id, land FROM ONLY cust WHERE p > 2 ORDER BY id LIMIT 9",
        "SELECT c.land, count(*), max(o.amount) FROM ONLY (cust) c JOIN ONLY ord o ON o.customer_id = c.id GROUP BY c.land ORDER BY 1",
        "TABLE ONLY cust ORDER BY id LIMIT 3",
        "SELECT id, name FROM ONLY cust GROUP BY id ORDER BY 1",
        "SELECT count(*) FROM ONLY parted",
        "SELECT count(*), sum(n) FROM ONLY heirs",
        "SELECT count(*), sum(n) FROM heirs",
        "SELECT m, d, ma[1], jb->'b' FROM kinds WHERE m > 'ok' ORDER BY id",
        "SELECT sum(nm), max(iv), min(u::text), count(DISTINCT ia), sum(mo) FROM kinds",
        "SELECT id FROM cust ORDER BY id FETCH FIRST 3 ROWS ONLY",
        "SELECT p FROM cust ORDER BY p FETCH FIRST 2 ROWS WITH TIES",
        "TABLE cust ORDER BY id LIMIT 1",
        "VALUES ((SELECT count(*) FROM cust), (SELECT max(id) FROM ord))",
        "SELECT id FROM cust ORDER BY id LIMIT 0",
        "SELECT 1 FROM cust WHERE id < 0",
        "SELECT FROM cust LIMIT 3",
        "SELECT (SELECT count(c.id)) FROM cust c",
        "SELECT l.code, c.id FROM land l LEFT JOIN cust c ON c.land = l.code ORDER BY c.id NULLS FIRST, l.code",
        "SELECT count(*) OVER (), id FROM cust ORDER BY id",
        "SELECT customer_id, n, sum(count(*)) OVER (PARTITION BY n) FROM ord GROUP BY customer_id, n ORDER BY customer_id, n",
        "SELECT c.id, o.id FROM cust c JOIN ord o ON o.customer_id = c.id + 1 ORDER BY c.id, o.id",
        "SELECT id FROM cust WHERE land = (SELECT code FROM land ORDER BY code LIMIT 1) ORDER BY id",
        "SELECT count(*) FROM (SELECT id FROM cust ORDER BY id) x",
        "SELECT land AS share, count(*), (SELECT max(share.n) FROM ord share) FROM cust GROUP BY land ORDER BY share",
        "SELECT id FROM cust ORDER BY id LIMIT 3 OFFSET 9223372036854775806");
  }

  /// Those that shards answer each for itself.
  static List<String> streamed() {
    return List.of(
        "SELECT * FROM cust ORDER BY id",
        "SELECT id, nm FROM kinds ORDER BY nm DESC NULLS LAST, id DESC",
        "SELECT id, nm FROM kinds WHERE id <> 3 ORDER BY nm, id DESC OFFSET 2",
        "SELECT id FROM kinds ORDER BY b, by DESC, id",
        "SELECT id, ts FROM kinds ORDER BY ts DESC, id",
        "SELECT id, tz, m, ma FROM kinds ORDER BY tz NULLS FIRST, id",
        "SELECT u FROM kinds ORDER BY u NULLS FIRST",
        "SELECT i2 FROM kinds ORDER BY i2 DESC NULLS LAST LIMIT 4",
        "SELECT -id AS id, p FROM cust ORDER BY p DESC, cust.id DESC",
        "SELECT c, v FROM cust ORDER BY c DESC, id LIMIT 11 OFFSET 2",
        "SELECT c, v FROM cust WHERE p > 1 OR v = 'v1' ORDER BY c DESC, id FETCH FIRST 5 ROWS ONLY",
        "SELECT c.id, o.id, o.amount FROM cust c JOIN ord o ON o.customer_id = c.id ORDER BY o.amount DESC, o.id LIMIT 9",
        "SELECT c.id, o.id FROM cust c LEFT JOIN ord o ON o.customer_id = c.id ORDER BY c.id, o.id",
        "SELECT o.id, name FROM cust c RIGHT JOIN ord o ON o.customer_id = c.id WHERE o.n > 2 ORDER BY o.customer_id, o.id",
        "SELECT a.id, b.name FROM cust a JOIN cust b USING (id) ORDER BY a.id",
        "SELECT customer_id, string_agg(id::text, ',' ORDER BY id), count(DISTINCT n), stddev(amount) FROM ord GROUP BY customer_id ORDER BY customer_id DESC",
        "SELECT customer_id c, n, count(*) FROM ord GROUP BY n, customer_id HAVING count(*) > 0 ORDER BY c, n NULLS FIRST LIMIT 20",
        "SELECT DISTINCT customer_id, n FROM ord ORDER BY customer_id, n NULLS FIRST",
        "SELECT DISTINCT ON (customer_id) customer_id, id FROM ord ORDER BY customer_id, id DESC",
        "SELECT customer_id, id, row_number() OVER (PARTITION BY customer_id ORDER BY id), sum(amount) OVER (PARTITION BY customer_id ORDER BY id) FROM ord ORDER BY 1, 2",
        "SELECT id, (SELECT count(*) FROM ord o WHERE o.customer_id = c.id) FROM cust c ORDER BY id",
        "SELECT id FROM cust c WHERE EXISTS (SELECT 1 FROM ord WHERE customer_id = c.id AND n = 3) ORDER BY id",
        "SELECT l.name, c.id FROM cust c JOIN land l ON l.code = c.land ORDER BY c.id",
        "SELECT at, what AS where FROM ev ORDER BY at DESC, id LIMIT 9",
        "SELECT id FROM cust WHERE id IN (1, 2, 3, 4, 5, 40, 999) ORDER BY 1",
        "SELECT id FROM cust WHERE id < 0",
        "SELECT id::text, id AS x, name, land FROM cust ORDER BY x",
        "SELECT count(*) AS id, customer_id FROM ord GROUP BY customer_id ORDER BY customer_id");
  }

  @Test
  void shardsAnswerEachForItselfWhereTheyCan() throws SQLException {
    try (Connection connection = cluster.connect(""); Statement statement = connection.createStatement()) {
      for (String query : streamed()) {
        try (ResultSet rows = statement.executeQuery("EXPLAIN (ROUTE) " + query)) {
          rows.next();
          assertThat(rows.getString(1)).as(query).contains("each answers for its own rows");
        }
      }
    }
  }

  private static String atHome(String query) {
    return query.replaceAll("\\b(cust|ord|ev|kinds|parted|heirs)\\b(?!')", "$1_h").replace("AS x_h", "AS x");
  }

  /// The columns and rows as JDBC shows them, or the SQLSTATE.
  private static List<String> answer(Statement statement, String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (ResultSet rows = statement instanceof PreparedStatement prepared ? prepared.executeQuery() : statement.executeQuery(sql)) {
      ResultSetMetaData columns = rows.getMetaData();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        lines.add(columns.getColumnLabel(i).replace("_h", "") + " " + columns.getColumnTypeName(i) + " " + columns.getPrecision(i) + " " + columns.getScale(i));
      }
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          String value = rows.getString(i);
          boolean bytes = value != null && columns.getColumnTypeName(i).equals("bytea");
          line.append(bytes ? HexFormat.of().formatHex(rows.getBytes(i)) : value).append('|');
        }
        lines.add(line.toString());
      }
    } catch (PSQLException e) {
      lines.add(e.getSQLState() + " " + e.getMessage());
    }
    return lines;
  }

  @ParameterizedTest
  @MethodSource({"queries", "streamed"})
  void oneServerWouldSayTheSame(String query) throws SQLException {
    try (Connection simple = cluster.connect("preferQueryMode=simple"); Statement statement = simple.createStatement()) {
      List<String> expected = answer(statement, atHome(query));
      assertThat(expected.getFirst()).doesNotStartWith("42");
      assertThat(answer(statement, query)).isEqualTo(expected);
    }
    for (String options : List.of("binaryTransfer=false", "binaryTransfer=true&prepareThreshold=-1")) {
      try (Connection extended = cluster.connect(options)) {
        for (boolean autoCommit : new boolean[] {true, false}) {
          extended.setAutoCommit(autoCommit);
          for (int fetch : new int[] {0, 2}) {
            try (PreparedStatement users = extended.prepareStatement(query); PreparedStatement home = extended.prepareStatement(atHome(query))) {
              users.setFetchSize(fetch);
              assertThat(answer(users, query)).as(options + " " + fetch).isEqualTo(answer(home, query));
            }
          }
        }
        extended.rollback();
      }
    }
  }

  @Test
  void parametersReachShardsAndHome() throws SQLException {
    String query = "SELECT id, name FROM cust WHERE p > ? AND land <> ? AND id = ANY (?) AND ? < 5 ORDER BY id LIMIT ?";
    try (Connection connection = cluster.connect("prepareThreshold=-1")) {
      List<List<String>> answers = new ArrayList<>();
      for (String text : List.of(query, atHome(query))) {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
          statement.setBigDecimal(1, new BigDecimal("1.500"));
          statement.setString(2, "c1");
          statement.setArray(3, connection.createArrayOf("int8", new Long[] {2L, 3L, 4L, 5L, 8L, 9L, 13L, 14L, 15L, 99L}));
          statement.setInt(4, 1);
          statement.setInt(5, 4);
          answers.add(answer(statement, text));
        }
      }
      assertThat(answers.get(0)).isEqualTo(answers.get(1)).hasSizeGreaterThan(4);
    }
  }

  @Test
  void executeGathersToo() throws SQLException {
    try (WireClient client = cluster.wire()) {
      client.query("PREPARE q (numeric, text) AS SELECT id, name FROM cust WHERE p > $1 AND land <> $2 ORDER BY id LIMIT 4");
      client.query("PREPARE q_h (numeric, text) AS SELECT id, name FROM cust_h WHERE p > $1 AND land <> $2 ORDER BY id LIMIT 4");
      assertThat(client.rows("EXECUTE q(1.5, 'c1')")).isEqualTo(client.rows("EXECUTE q_h(1.5, 'c1')")).hasSize(4);
      assertThat(client.query("EXECUTE q(1.5, 'c1')").getLast()).isEqualTo(new BackendMessage.ReadyForQuery('I'));
      client.query("BEGIN");
      assertThat(client.rows("EXECUTE q(2 + 1, 'c2')")).isEqualTo(client.rows("EXECUTE q_h(2 + 1, 'c2')")).isNotEmpty();
      assertThat(client.query("SELECT 1").getLast()).isEqualTo(new BackendMessage.ReadyForQuery('T'));
      client.query("COMMIT");
    }
  }

  @Test
  void cursorsOfSqlAreOverTheRowsThatWereThere() {
    try (WireClient client = cluster.wire()) {
      assertThat(client.error("DECLARE c CURSOR FOR SELECT id FROM cust").code()).isEqualTo("25P01");
      client.query("BEGIN");
      client.query("DECLARE c SCROLL CURSOR FOR SELECT id FROM cust WHERE id > 1 ORDER BY id");
      client.query("DELETE FROM cust WHERE id = 4");
      assertThat(client.rows("FETCH 3 FROM c")).containsExactly("2", "3", "4");
      assertThat(client.rows("FETCH LAST FROM c")).containsExactly("40");
      assertThat(client.rows("FETCH FIRST FROM c")).containsExactly("2");
      client.query("ROLLBACK");
      client.query("DECLARE h CURSOR WITH HOLD FOR SELECT count(*) FROM cust");
      assertThat(client.rows("FETCH h")).containsExactly("40");
      client.query("CLOSE h");
      client.query("BEGIN");
      assertThat(client.error("DECLARE c CURSOR FOR SELECT nope FROM cust").position()).hasValue(29);
      client.query("ROLLBACK");
    }
  }

  @Test
  void aTransactionSeesWhatItWrote() throws SQLException {
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO cust (id) SELECT i FROM generate_series(1000, 1009) i");
      statement.execute("DELETE FROM cust WHERE id = 1");
      assertThat(answer(statement, "SELECT count(*) FROM cust").getLast()).isEqualTo("49|");
      connection.rollback();
      assertThat(answer(statement, "SELECT count(*) FROM cust").getLast()).isEqualTo("40|");
    }
  }

  @Test
  void whatPostgresqlRejectsIsRejectedInItsWords() {
    try (WireClient client = cluster.wire()) {
      for (String sql :
          List.of("SELECT nope FROM cust", "SELECT count(*) FROM cust GROUP BY", "SELECT name, count(*) FROM cust", "SELECT 1/0 FROM cust", "SELECT id::date FROM cust",
              "SELECT sum(name) FROM cust WHERE id IN (1, 2, 3)", "SELECT name::int FROM cust WHERE name = 'Name 1'", "SELECT id FROM cust WHERE name = 'a'::date")) {
        var expected = client.error(atHome(sql));
        var got = client.error(sql);
        assertThat(got.code()).as(sql).isEqualTo(expected.code());
        assertThat(got.message().replace("_h", "")).as(sql).isEqualTo(expected.message().replace("_h", ""));
        assertThat(got.position().isPresent()).as(sql).isEqualTo(expected.position().isPresent());
      }
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
    }
  }

  @Test
  void whatWouldMeanAnotherThingIsRefused() {
    try (WireClient client = cluster.wire()) {
      for (String sql :
          List.of("SELECT x FROM cust AS x GROUP BY x", "SELECT ctid FROM cust", "SELECT tableoid::regclass FROM cust", "SELECT * FROM cust LIMIT 3 FOR UPDATE",
              "SELECT * FROM cust TABLESAMPLE SYSTEM (50)", "SELECT nextval('s') FROM cust")) {
        if (sql.contains("nextval")) {
          cluster.execute("CREATE SEQUENCE IF NOT EXISTS s");
        }
        assertThat(client.error(sql).code()).as(sql).isEqualTo("0A000");
      }
      client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      assertThat(client.error("SELECT count(*) FROM cust").code()).isEqualTo("0A000");
      client.query("ROLLBACK");
      client.query("BEGIN READ ONLY");
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
      client.query("COMMIT");
    }
  }

  private static void fatRows() {
    cluster.execute(
        "CREATE TABLE IF NOT EXISTS fat (id bigint PRIMARY KEY, pad text)",
        "INSERT INTO fat SELECT i, repeat('x', 100000) FROM generate_series(1, 20) i ON CONFLICT DO NOTHING");
  }

  /// Both would fit alone.
  @Test
  @Timeout(60)
  void twoQueriesAtOneTimeShareALimitAndWhatTheyTookIsFree() throws Exception {
    fatRows();
    List<String> late = List.of(cluster.valueOn("s3", "SELECT string_agg(id::text, ',') FROM fat").split(","));
    List<String> early = IntStream.rangeClosed(1, 20).mapToObj(String::valueOf).filter(id -> !late.contains(id)).toList();
    String large = "SELECT length(string_agg(pad, '')) FROM fat WHERE id IN (" + late.getFirst() + ", " + String.join(", ", early.subList(0, 8)) + ")";
    String small = "SELECT length(string_agg(pad, '')) FROM fat WHERE id IN (" + String.join(", ", early.subList(early.size() - 4, early.size())) + ")";
    try (WireClient client = cluster.wire();
        Connection locker = cluster.connectToShard("s3");
        Statement lock = locker.createStatement();
        ExecutorService beside = Executors.newSingleThreadExecutor()) {
      assertThat(client.value(small)).isEqualTo("400000");
      locker.setAutoCommit(false);
      lock.execute("LOCK TABLE fat IN ACCESS EXCLUSIVE MODE");
      Future<String> waiting = beside.submit(() -> cluster.value(large));
      // What the other shards have sent of it is held until s3 sends its row.
      await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
        var refused = client.query(small).stream().filter(BackendMessage.ErrorResponse.class::isInstance).toList();
        assertThat(refused).hasSize(1);
        assertThat(WireClient.errorIn(refused).code()).isEqualTo("53400");
        assertThat(WireClient.errorIn(refused).message()).contains("1048576").doesNotContain("\"fat\"");
      });
      locker.rollback();
      assertThat(waiting.get()).isEqualTo("900000");
      assertThat(client.value(small)).isEqualTo("400000");
      assertThat(client.value(large)).isEqualTo("900000");
    }
  }

  /// The statement waits for its description, by which time it is decided which shards are asked.
  @Test
  @Timeout(60)
  void aMapThatChangesBeforeTheShardsAreAskedIsTold() throws Exception {
    try (WireClient client = cluster.wire();
        Connection locker = cluster.connectToShard("s1");
        Statement lock = locker.createStatement()) {
      locker.setAutoCommit(false);
      lock.execute("LOCK TABLE cust IN ACCESS EXCLUSIVE MODE");
      client.send(out -> {
        FrontendWriter.parse(out, "", "SELECT count(*) FROM cust".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      });
      await().atMost(Duration.ofSeconds(20)).until(() -> cluster.valueOn("s1", "SELECT count(*) FROM pg_locks WHERE NOT granted").equals("1"));
      cluster.execute("SHARDGATE SPLIT customer AT KEY 4711");
      locker.rollback();
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("40001");
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
    }
  }

  @Test
  void tooManyRowsAreRefusedAndWhatTheyTookIsFree() {
    fatRows();
    try (WireClient client = cluster.wire()) {
      for (int i = 0; i < 3; i++) {
        var error = client.error("SELECT max(pad) FROM fat, land WHERE length(pad) > 1 OR code > ''");
        assertThat(error.code()).isEqualTo("53400");
        assertThat(error.message()).contains("\"fat\"");
      }
      assertThat(client.value("SELECT count(*) FROM fat")).isEqualTo("20");
      assertThat(client.value("SELECT length(string_agg(pad, '')) FROM fat WHERE id < 6")).isEqualTo("500000");
      assertThat(client.value("SELECT length(max(pad)) FROM fat")).as("one value of each shard").isEqualTo("100000");
      assertThat(client.rows("SELECT id FROM fat ORDER BY pad, id DESC LIMIT 1")).as("one row of each shard").containsExactly("20");
    }
  }

  @Test
  void aQueryThatIsCutShortLeavesEverythingClean() throws Exception {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        Connection locker = cluster.connectToShard("s3");
        Statement lock = locker.createStatement()) {
      locker.setAutoCommit(false);
      lock.execute("LOCK TABLE cust IN ACCESS EXCLUSIVE MODE");
      statement.execute("SET statement_timeout = '300ms'");
      assertThatThrownBy(() -> statement.executeQuery("SELECT count(*) FROM cust"))
          .isInstanceOfSatisfying(PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
      statement.execute("SET statement_timeout = 0");
      try (ScheduledExecutorService soon = Executors.newSingleThreadScheduledExecutor()) {
        soon.schedule(() -> { statement.cancel(); return null; }, 300, TimeUnit.MILLISECONDS);
        assertThatThrownBy(() -> statement.executeQuery("SELECT count(*) FROM cust"))
            .isInstanceOfSatisfying(PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
      }
      locker.rollback();
      assertThat(answer(statement, "SELECT count(*) FROM cust").getLast()).isEqualTo("40|");
    }
  }

  @Test
  void anErrorOfOneShardEndsTheOthers() throws Exception {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        Connection locker = cluster.connectToShard(cluster.valueOn("s3", "SELECT count(*) FROM cust WHERE id = 2").equals("0") ? "s3" : "s4");
        Statement lock = locker.createStatement()) {
      locker.setAutoCommit(false);
      lock.execute("LOCK TABLE cust IN ACCESS EXCLUSIVE MODE");
      long began = System.nanoTime();
      // The locked shard would wait as long as the lock is held: it is cancelled when the one with row 2 fails.
      assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM cust WHERE 1 / (id - 2) > 5"))
          .isInstanceOfSatisfying(PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22012"));
      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(20));
      locker.rollback();
      assertThat(answer(statement, "SELECT count(*) FROM cust").getLast()).isEqualTo("40|");
    }
  }

  @Test
  void aPortalIsOverTheRowsThatWereThereAtBind() {
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN");
      client.send(out -> {
        FrontendWriter.parse(out, "", "SELECT id FROM cust ORDER BY id".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.bind(out, "p", "", new int[0], List.of(), new int[0]);
        FrontendWriter.execute(out, "p", 2);
        FrontendWriter.sync(out);
      });
      assertThat(client.readToReady()).filteredOn(BackendMessage.DataRow.class::isInstance).hasSize(2);
      client.query("DELETE FROM cust WHERE id = 3");
      client.send(out -> {
        FrontendWriter.execute(out, "p", 0);
        FrontendWriter.sync(out);
      });
      assertThat(client.readToReady()).filteredOn(BackendMessage.DataRow.class::isInstance).hasSize(38);
      client.query("ROLLBACK");
    }
  }

  /// Another statement of the batch comes between a Bind and its Execute.
  @Test
  void whatABatchChangesBehindABindItsPortalDoesNotSee() {
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN");
      client.send(out -> {
        FrontendWriter.parse(out, "", "SELECT id FROM cust ORDER BY id".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.bind(out, "p", "", new int[0], List.of(), new int[0]);
        FrontendWriter.parse(out, "", "DELETE FROM cust WHERE id = 3".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.execute(out, "p", 0);
        FrontendWriter.execute(out, "p", 0);
        FrontendWriter.sync(out);
      });
      List<BackendMessage> answer = client.readToReady();
      assertThat(answer).filteredOn(BackendMessage.DataRow.class::isInstance).hasSize(40);
      assertThat(answer).filteredOn(BackendMessage.CommandComplete.class::isInstance).extracting(message -> ((BackendMessage.CommandComplete) message).tag())
          .containsExactly("DELETE 1", "SELECT 40", "SELECT 0");
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("39");
      client.query("ROLLBACK");
    }
  }

  /// Rows of 5 kB, more of them than sockets hold.
  private static final String LONG = "SELECT c.id, repeat('y', 5000) FROM cust c, generate_series(1, 300) g";

  /// What came up to ReadyForQuery, none of it kept.
  private record Taken(int rows, boolean sorted, int errors, int completes) {
    static Taken by(WireClient client) {
      int rows = 0;
      int errors = 0;
      int completes = 0;
      int last = 0;
      boolean sorted = true;
      while (true) {
        switch (client.read()) {
          case BackendMessage.DataRow row -> {
            int id = Integer.parseInt(new String(row.values().getFirst(), StandardCharsets.UTF_8));
            sorted &= id >= last;
            last = id;
            rows++;
          }
          case BackendMessage.ErrorResponse _ -> errors++;
          case BackendMessage.CommandComplete _ -> completes++;
          case BackendMessage.ReadyForQuery _ -> {
            return new Taken(rows, sorted, errors, completes);
          }
          default -> {}
        }
      }
    }
  }

  /// A shard that waits until its rows are taken; empty where none does.
  private static String waitingShard() {
    return cluster.shardNames().stream()
        .filter(shard -> !cluster.valueOn(shard, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'").equals("0")).findFirst().orElse("");
  }

  private static String awaitWaitingShard() throws InterruptedException {
    String[] found = {""};
    awaitThat(() -> !(found[0] = waitingShard()).isEmpty());
    return found[0];
  }

  private static void awaitThat(java.util.function.BooleanSupplier what) throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (what.getAsBoolean()) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("it did not come within 20 s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ORDER BY c.id", " LIMIT 11900"})
  void shardsWaitForASlowClientAndNothingIsLost(String end) throws Exception {
    try (WireClient client = cluster.wire()) {
      client.send(out -> FrontendWriter.query(out, (LONG + end).getBytes(StandardCharsets.UTF_8)));
      awaitWaitingShard();
      Taken taken = Taken.by(client);
      assertThat(taken.errors).isZero();
      assertThat(taken.rows).isEqualTo(end.contains("LIMIT") ? 11_900 : 12_000);
      assertThat(taken.sorted || !end.contains("ORDER")).isTrue();
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ORDER BY c.id"})
  void aShardThatDiesInTheMiddleEndsTheRowsWithAnError(String end) throws Exception {
    try (WireClient client = cluster.wire()) {
      client.send(out -> FrontendWriter.query(out, (LONG + end).getBytes(StandardCharsets.UTF_8)));
      String killed = "0";
      for (int i = 0; i < 400 && killed.equals("0"); i++) {
        killed = cluster.valueOn(awaitWaitingShard(), "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'");
      }
      Taken taken = Taken.by(client);
      assertThat(taken.errors).isEqualTo(1);
      assertThat(taken.completes).isZero();
      assertThat(client.value("SELECT count(*) FROM cust")).isEqualTo("40");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ORDER BY c.id"})
  void aClientThatGoesInTheMiddleLeavesNothingRunning(String end) throws Exception {
    try (WireClient client = cluster.wire()) {
      client.send(out -> FrontendWriter.query(out, (LONG + end).getBytes(StandardCharsets.UTF_8)));
      awaitWaitingShard();
    }
    awaitThat(() -> cluster.shardNames().stream().allMatch(
        shard -> cluster.valueOn(shard, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%repeat(%' AND state <> 'idle' AND pid <> pg_backend_pid()").equals("0")));
  }
}
