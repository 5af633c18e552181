package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.Heard;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Views of sharded tables in queries over several shards. Each has a twin, whose name ends with `_h`, of home tables with the same rows.
@Timeout(60)
final class GatherViewIT {
  private static final String TOPOLOGY =
      """
      groups:
        customer: { strategy: hash, key: bigint, tables: { cust: id, ord: customer_id, own: id, vault: id } }
        event: { strategy: range, key: date, tables: { ev: at }, splits: [{ until: "2026-01-01", shard: s2 }, { shard: s3 }] }
      reference: [ land ]
      """;

  private static final Pattern NAMES = Pattern.compile("\\b(cust|ord|ev|own|vault|v_\\w+)\\b(?![(\"'])");

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.executeOnEach("ALTER ROLE app CREATEROLE");
    cluster.execute("CREATE TABLE land (code text PRIMARY KEY, name text)", "INSERT INTO land SELECT 'c' || i, 'Land ' || i FROM generate_series(1, 5) i");
    for (boolean home : new boolean[] {false, true}) {
      definitions().forEach(sql -> cluster.execute(home ? atHome(sql) : sql));
    }
  }

  private static List<String> definitions() {
    return List.of(
        "CREATE TABLE cust (id bigint PRIMARY KEY, name varchar(20), land text, c text COLLATE \"C\", p numeric(10, 3))",
        "CREATE TABLE ord (id bigint, customer_id int, at timestamptz, amount numeric(8, 2), n int, PRIMARY KEY (customer_id, id))",
        "CREATE TABLE ev (at date, id int, what text, PRIMARY KEY (at, id))",
        "INSERT INTO cust SELECT i, CASE WHEN i % 7 > 0 THEN 'Name ' || i % 13 END, 'c' || i % 6, 'c' || i % 4, i % 5 + 0.5 FROM generate_series(1, 40) i",
        "INSERT INTO ord SELECT i, i % 45, '2026-01-01Z'::timestamptz + i * interval '1 day', i * 3 % 50 + 0.25, nullif(i % 9, 4) FROM generate_series(1, 150) i",
        "INSERT INTO ev SELECT '2025-12-15'::date + i, i, 'w' || i % 4 FROM generate_series(1, 30) i",
        "CREATE VIEW v_some AS SELECT id, name AS n, land, upper(c) AS c, p * 2 AS q FROM cust WHERE p > 1 AND coalesce(name, '') <> 'Name 3'",
        "CREATE VIEW v_keyless AS SELECT name, p, land FROM cust WHERE id > 3",
        "CREATE VIEW v_twice AS SELECT id AS customer, n, q FROM v_some WHERE n IS NOT NULL",
        "CREATE VIEW v_barrier WITH (security_barrier) AS SELECT id, p FROM cust WHERE p <> 0.5",
        "CREATE VIEW v_joined AS SELECT c.id, c.name, o.amount, o.at, l.name AS land_name FROM cust c JOIN ord o ON o.customer_id = c.id LEFT JOIN land l ON l.code = c.land",
        "CREATE VIEW v_counts (land, n, s) AS SELECT land, count(*), sum(p) FROM cust GROUP BY land",
        "CREATE VIEW v_first AS SELECT * FROM cust ORDER BY id DESC LIMIT 5",
        "CREATE VIEW v_chain AS WITH RECURSIVE r AS (SELECT id, 1 AS depth FROM cust WHERE id = 1 UNION ALL SELECT c.id, depth + 1 FROM r JOIN cust c ON c.id = r.id + 1 WHERE depth < 9) SELECT * FROM r",
        "CREATE VIEW v_all AS SELECT id, 'c' AS kind FROM cust UNION ALL SELECT id, 'o' FROM ord",
        "CREATE VIEW v_ranked AS SELECT id, land, rank() OVER (PARTITION BY land ORDER BY id) AS r FROM cust",
        "CREATE VIEW v_late AS SELECT id, customer_id, at < now() AS past FROM ord",
        "CREATE VIEW v_keyed AS SELECT cust.id, cust.name, count(ord.n) AS n FROM cust LEFT JOIN ord ON ord.customer_id = cust.id GROUP BY cust.id",
        "CREATE VIEW v_rows AS SELECT id, generate_series(1, 2) AS g FROM cust",
        "CREATE VIEW v_json AS SELECT id, row_to_json(cust) AS j FROM cust",
        "CREATE VIEW v_days AS SELECT ev.at, ev.what, c.name FROM ev JOIN cust c ON c.id = ev.id AND ev.what ~ '^w[12]\\d*$'",
        "CREATE VIEW v_over AS SELECT x.land, x.n, r.r FROM v_counts x JOIN v_ranked r USING (land) WHERE x.n > 1",
        "CREATE VIEW \"v_Odd\" AS SELECT id AS \"a \"\"b\", name AS \"SELECT\" FROM cust",
        "CREATE VIEW v_empty AS SELECT FROM cust",
        "CREATE VIEW v_lands AS SELECT code, name, count(*) OVER () AS n FROM land",
        "CREATE VIEW v_renamed AS SELECT c.id, o.amount AS was FROM cust c JOIN ord o ON o.customer_id = c.id", "ALTER VIEW v_renamed RENAME COLUMN was TO money");
  }

  @AfterAll
  static void stop() {
    cluster.executeOnEach("ALTER ROLE app NOCREATEROLE");
    cluster.close();
  }

  private static String atHome(String sql) {
    return NAMES.matcher(sql).replaceAll("$1_h").replace("\"v_Odd\"", "\"v_Odd_h\"").replace("_h\\", "\\");
  }

  static List<String> queries() {
    return List.of(
        "SELECT * FROM v_some ORDER BY id",
        "SELECT n, q FROM v_some WHERE land = 'c2' ORDER BY id",
        "SELECT x.a, x.n FROM v_some AS x (a) WHERE a IN (1, 2, 3, 4, 9, 10) ORDER BY a",
        "SELECT count(*), min(n), sum(q), max(c) FROM v_some",
        "SELECT land, count(*), sum(q), avg(id) FROM v_some WHERE q > 3 GROUP BY land ORDER BY 1",
        "SELECT id, q FROM v_some ORDER BY q DESC, id LIMIT 4 OFFSET 1",
        "SELECT name, p FROM v_keyless WHERE land < 'c3' ORDER BY p, name, land",
        "SELECT count(*) FROM v_keyless",
        "SELECT * FROM v_twice WHERE customer > 30 ORDER BY customer",
        "SELECT t.n, o.amount FROM v_twice t JOIN ord o ON o.customer_id = t.customer ORDER BY o.id",
        "SELECT id FROM v_barrier WHERE 1 / (p - 0.5) > 0.3 ORDER BY id",
        "SELECT row_to_json(v) FROM v_some v ORDER BY id LIMIT 3",
        "SELECT v_some.* FROM v_some, land WHERE code = land AND id < 20 ORDER BY id",
        "SELECT * FROM v_joined ORDER BY id, at",
        "SELECT land_name, sum(amount) FROM v_joined WHERE id > 3 GROUP BY 1 ORDER BY 2 DESC, 1",
        "SELECT name, (SELECT max(money) FROM v_renamed j WHERE j.id = c.id) FROM cust c WHERE p > 2 ORDER BY c.id",
        "SELECT * FROM v_counts ORDER BY land",
        "SELECT v.land, l.name FROM v_counts v JOIN land l ON l.code = v.land WHERE v.n > 6 ORDER BY 1",
        "SELECT * FROM v_first",
        "TABLE v_first ORDER BY id LIMIT 2",
        "SELECT f.id FROM v_first f, v_first g WHERE f.id < g.id ORDER BY 1, g.id",
        "SELECT * FROM v_chain ORDER BY id",
        "SELECT kind, count(*) FROM v_all GROUP BY kind ORDER BY 1",
        "SELECT id FROM v_ranked WHERE r = 2 ORDER BY id",
        "SELECT past, count(*) FROM v_late GROUP BY past ORDER BY 1",
        "SELECT * FROM v_keyed WHERE n > 3 ORDER BY id",
        "SELECT * FROM v_rows ORDER BY id, g LIMIT 5",
        "SELECT id, j->>'name' FROM v_json ORDER BY id LIMIT 5",
        "SELECT * FROM v_days ORDER BY at",
        "SELECT * FROM v_days WHERE at > '2025-12-31' ORDER BY at",
        "SELECT * FROM v_over ORDER BY land, r LIMIT 20",
        "SELECT \"a \"\"b\", \"SELECT\" FROM \"v_Odd\" ORDER BY 1",
        "SELECT o.\"SELECT\" FROM (SELECT * FROM \"v_Odd\" WHERE \"a \"\"b\" > 5) o ORDER BY 1, o.\"a \"\"b\"",
        "SELECT 1 FROM v_empty",
        "WITH cust AS (SELECT 1 AS id) SELECT * FROM v_counts, cust ORDER BY land",
        "WITH v_counts AS (SELECT * FROM v_ranked) SELECT count(*) FROM v_counts",
        "SELECT c.id, l.n FROM cust c JOIN v_lands l ON l.code = c.land ORDER BY c.id",
        "SELECT id FROM v_some EXCEPT SELECT id FROM v_first ORDER BY 1",
        "SELECT id FROM v_some WHERE nope = 1",
        "SELECT id FROM v_counts",
        "SELECT n / (n - n) FROM v_counts",
        "SELECT land, sum(n) OVER (ORDER BY land) FROM v_counts WHERE land = ANY ('{c1,c3}')");
  }

  @ParameterizedTest
  @MethodSource("queries")
  void oneServerWouldSayTheSame(String query) {
    try (WireClient client = cluster.wire()) {
      List<String> expected = Heard.simply(client, atHome(query));
      assertThat(plain(Heard.simply(client, query))).isEqualTo(plain(expected));
      client.query("BEGIN");
      for (int format : new int[] {0, 1}) {
        if (expected.stream().noneMatch(line -> line.startsWith("error"))) {
          assertThat(plain(Heard.extended(client, query, format))).isEqualTo(plain(Heard.extended(client, atHome(query), format)));
        }
      }
    }
  }

  private static List<String> plain(List<String> lines) {
    return lines.stream().map(line -> line.replace("_h", "")).toList();
  }

  private static void grant(String what, String role) {
    cluster.execute("GRANT " + what + " TO " + role);
    cluster.executeOn("s1", "GRANT " + atHome(what) + " TO " + role);
  }

  @Test
  void aViewIsReadWithItsOwnersRights() {
    cluster.execute("DROP ROLE IF EXISTS v_reader", "CREATE ROLE v_reader", "GRANT v_reader TO app");
    try (WireClient client = cluster.wire()) {
      for (String sql : List.of("CREATE VIEW v_mine WITH (security_invoker) AS SELECT land, count(*) FROM cust GROUP BY land", "CREATE VIEW v_plain WITH (security_invoker) AS SELECT id FROM cust")) {
        cluster.execute(sql, atHome(sql));
      }
      grant("SELECT ON v_some, v_counts, v_barrier, v_mine, v_plain", "v_reader");
      client.query("SET ROLE v_reader");
      for (String query : List.of("SELECT * FROM v_some ORDER BY id", "SELECT count(*) FROM v_barrier", "SELECT count(*) FROM cust", "SELECT count(*) FROM v_first", "SELECT * FROM v_mine ORDER BY 1",
          "SELECT * FROM v_plain ORDER BY 1", "SELECT v.id FROM v_some v, v_first f", "SELECT * FROM v_keyless, v_counts")) {
        assertThat(plain(Heard.simply(client, query))).as(query).isEqualTo(plain(Heard.simply(client, atHome(query))));
      }
      assertThat(client.error("SELECT * FROM v_counts").code()).as("the owner's rights are not the reader's").isEqualTo("0A000");
      client.query("RESET ROLE");
      grant("SELECT ON cust", "v_reader");
      client.query("SET ROLE v_reader");
      for (String query : List.of("SELECT * FROM v_counts ORDER BY land", "SELECT * FROM v_mine ORDER BY 1", "SELECT count(*) FROM v_plain", "SELECT count(*) FROM v_first")) {
        assertThat(plain(Heard.simply(client, query))).as(query).isEqualTo(plain(Heard.simply(client, atHome(query))));
      }
    } finally {
      cluster.execute("DROP OWNED BY v_reader", "DROP ROLE v_reader");
    }
  }

  @Test
  void policiesOfTheOwnerAreTheViews() {
    cluster.execute("DROP ROLE IF EXISTS v_guest", "CREATE ROLE v_guest", "GRANT v_guest TO app");
    try (WireClient client = cluster.wire()) {
      for (String sql :
          List.of("CREATE TABLE own (id bigint PRIMARY KEY, who text)", "INSERT INTO own SELECT i, CASE WHEN i % 3 = 0 THEN 'v_guest' ELSE 'app' END FROM generate_series(1, 20) i",
              "ALTER TABLE own ENABLE ROW LEVEL SECURITY", "CREATE POLICY p ON own USING (who = current_user)", "CREATE VIEW v_own AS SELECT id FROM own",
              "CREATE VIEW v_own_number AS SELECT count(*) FROM own", "CREATE VIEW v_own_mine WITH (security_invoker) AS SELECT count(*) FROM own")) {
        cluster.execute(sql, atHome(sql).replace("v_guest_h", "v_guest"));
      }
      grant("SELECT ON own, v_own, v_own_number, v_own_mine", "v_guest");
      for (String role : List.of("app", "v_guest")) {
        client.query("SET ROLE " + role);
        for (String query : List.of("SELECT count(*) FROM own", "SELECT id FROM v_own ORDER BY id", "SELECT * FROM v_own_mine")) {
          assertThat(plain(Heard.simply(client, query))).as(role + ": " + query).isEqualTo(plain(Heard.simply(client, atHome(query))));
        }
      }
      assertThat(client.error("SELECT * FROM v_own_number").code()).as("the owner sees all rows").isEqualTo("0A000");
      client.query("SET ROLE app");
      assertThat(client.value("SELECT * FROM v_own_number")).isEqualTo("20");
    } finally {
      cluster.execute("DROP OWNED BY v_guest", "DROP ROLE v_guest");
    }
  }

  @Test
  void aViewThatWasChangedBehindTheProxyIsNotReadByItsOldDefinition() {
    cluster.execute("CREATE VIEW v_swapped AS SELECT id FROM cust WHERE p > 1", "CREATE VIEW v_above AS SELECT id FROM v_swapped", "CREATE VIEW v_sum AS SELECT sum(id) AS s FROM v_swapped");
    try (WireClient client = cluster.wire()) {
      assertThat(client.rows("SELECT count(*) FROM v_above")).containsExactly("32");
      cluster.executeOnEach("SET search_path = public; CREATE OR REPLACE VIEW v_swapped AS SELECT max(id) AS id FROM cust");
      for (String[] each : new String[][] {{"SELECT id FROM v_swapped", "40"}, {"SELECT count(*) FROM v_above", "1"}, {"SELECT s FROM v_sum", "40"}}) {
        List<String> heard = Heard.simply(client, each[0]);
        assertThat(heard.get(1)).as(each[0]).satisfiesAnyOf(line -> assertThat(line).isEqualTo("row [" + each[1] + "]"), _ -> assertThat(heard.getFirst()).startsWith("error 40001"));
      }
    } finally {
      cluster.execute("DROP VIEW v_swapped CASCADE");
    }
  }

  @Test
  void definitionsThatCouldMeanAnotherThingAreLeftAlone() {
    cluster.execute("CREATE VIEW v_guarded WITH (security_barrier) AS SELECT land, count(*) FROM cust GROUP BY land");
    cluster.execute("CREATE VIEW v_rounded AS SELECT land, round(sum(p)) AS r FROM cust GROUP BY land");
    try (WireClient client = cluster.wire()) {
      assertThat(client.rows("SELECT * FROM v_rounded ORDER BY 1")).hasSize(6);
      assertThat(client.error("SELECT * FROM v_guarded").code()).isEqualTo("0A000");
      client.query("SET search_path = public, pg_catalog");
      assertThat(client.error("SELECT * FROM v_rounded").code()).isEqualTo("0A000");
      client.query("RESET search_path");
      cluster.execute("CREATE FUNCTION round(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1'");
      assertThat(client.error("SELECT * FROM v_rounded").code()).isEqualTo("0A000");
    } finally {
      cluster.execute("DROP FUNCTION IF EXISTS round(text)", "DROP VIEW v_rounded");
    }
  }
}
