package io.shardgate;

import static io.shardgate.cluster.ForeignCopies.copyOut;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.ForeignCopies;
import io.shardgate.cluster.Heard;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every shard holds copies of rows that others own, changed so that they show. While the map marks them foreign nobody sees them.
///
/// Whatever is asked of the sharded tables is asked of tables on the home shard, too, whose names begin with `one_`: as one PostgreSQL has them.
final class ForeignRowsIT {
  /// A key type, its column, two splits, and keys.
  private record Kind(String type, String column, String split, String otherSplit, List<String> keys) {
    @Override
    public String toString() {
      return type;
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("bigint", "integer", "0", "100", List.of("-2147483648", "-1", "0", "1", "99", "100", "2147483647")),
          new Kind("text", "varchar(20)", "b", "漢", List.of("", "A", "a", "b''\\", "Z", "ä", "漢字", "zz")),
          new Kind("uuid", "uuid", "40000000-0000-0000-0000-000000000000", "c0000000-0000-0000-0000-000000000000",
              List.of("00000000-0000-0000-0000-000000000000", "40000000-0000-0000-0000-000000000000", "bfffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff")),
          new Kind("date", "date", "2000-01-01", "2026-01-01", List.of("-infinity", "1970-01-01", "2000-01-01", "2025-12-31", "2026-01-01", "infinity")),
          new Kind("timestamp", "timestamp", "2000-01-01", "2026-01-01", List.of("-infinity", "1999-12-31 23:59:59.5", "2000-01-01", "2025-12-31 10:00:00", "2026-01-01", "infinity")),
          new Kind("timestamptz", "timestamptz", "2000-01-01 00:00Z", "2026-01-01 00:00Z",
              List.of("-infinity", "1999-12-31 23:59:59.5Z", "2000-01-01 00:00Z", "2025-12-31 10:00:00+05:30", "2026-01-01 00:00Z", "infinity")),
          new Kind("numeric", "numeric(10,2)", "0", "1.50", List.of("-1.00", "0", "0.10", "1.5", "99999999.99", "NaN")));

  private static TestCluster cluster;

  @BeforeAll
  static void start() throws SQLException {
    StringBuilder topology = new StringBuilder("groups:\n");
    for (Kind kind : KINDS) {
      topology.append("  h_%1$s: { strategy: hash, key: %1$s, tables: { h_%1$s: k } }\n".formatted(kind.type));
      topology.append("  r_%1$s: { strategy: range, key: %1$s, tables: { r_%1$s: k }, splits: [{ until: \"%2$s\", shard: s1 }, { until: \"%3$s\", shard: s2 }, { shard: s3 }] }\n"
          .formatted(kind.type, kind.split, kind.otherSplit));
      topology.append("  d_%1$s: { strategy: directory, key: %1$s, tables: { d_%1$s: k } }\n".formatted(kind.type));
    }
    topology.append("  item: { strategy: hash, key: bigint, tables: { items: id, lines: item } }\n");
    topology.append("  slot: { strategy: range, key: bigint, tables: { slots: id }, splits: [{ until: 50, shard: s2 }, { shard: s3 }] }\n");
    topology.append("  whole: { strategy: range, key: bigint, tables: { wholes: id }, splits: [{ shard: s3 }] }\n");
    topology.append("  spare: { strategy: hash, key: bigint, tables: { spares: id } }\n");
    topology.append("  bulk: { strategy: hash, key: bigint, tables: { bulks: id } }\n");
    topology.append("unique: { lines: [ [ number ] ] }\n");
    cluster = TestCluster.start(topology.toString());
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      fill(statement);
    }
    ForeignCopies.plant(cluster, group -> !group.equals("bulk"), rows -> rows.replaceAll("\t(own|item \\d|slot|whole)", "\tforeign"));
  }

  private static void fill(Statement statement) throws SQLException {
    for (Kind kind : KINDS) {
      for (String table : List.of("h_" + kind, "r_" + kind, "d_" + kind)) {
        statement.execute("CREATE TABLE %s (k %s PRIMARY KEY, twice text GENERATED ALWAYS AS (note || note) STORED, note text)".formatted(table, kind.column));
        for (String key : kind.keys) {
          statement.execute("INSERT INTO %s (k, note) VALUES (%s, 'own')".formatted(table, literal(kind, key)));
        }
      }
    }
    statement.execute("CREATE TABLE bulks (id bigint PRIMARY KEY, note text)");
    statement.execute("CREATE TABLE spares (id bigint PRIMARY KEY, note text)");
    for (int id = 0; id < 10; id++) {
      statement.execute("INSERT INTO spares VALUES (" + id + ", 'own')");
    }
    for (String one : List.of("", "one_")) {
      statement.execute("CREATE TABLE " + one + "items (id bigint PRIMARY KEY, note text, price int)");
      statement.execute("CREATE TABLE " + one + "lines (item bigint, number int UNIQUE, note text, PRIMARY KEY (item, number))");
      statement.execute("CREATE TABLE " + one + "slots (id bigint PRIMARY KEY, note text)");
      statement.execute("CREATE TABLE " + one + "wholes (id bigint PRIMARY KEY, note text)");
      for (int id = 0; id < 40; id++) {
        statement.execute("INSERT INTO " + one + "items VALUES (" + id + ", 'item " + id % 3 + "', " + id + ")");
        statement.execute("INSERT INTO " + one + "lines VALUES (" + id + ", " + id + ", 'item " + id % 3 + "')");
        statement.execute("INSERT INTO " + one + "slots VALUES (" + (id * 3) + ", 'slot')");
        statement.execute("INSERT INTO " + one + "wholes VALUES (" + id + ", 'whole')");
      }
    }
  }

  private static String literal(Kind kind, String key) {
    return kind.type.equals("text") ? "E'" + key.replace("\\", "\\\\") + "'" : "'" + key + "'";
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static Stream<Kind> kinds() {
    return KINDS.stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void copyOfATableLeavesThemOutWhateverTheKey(Kind kind) throws SQLException {
    for (String table : List.of("h_" + kind, "r_" + kind, "d_" + kind)) {
      assertThat(copyOut(cluster.connect(), "COPY " + table + " (note) TO STDOUT").lines()).as(table).hasSize(kind.keys.size()).containsOnly("own");
      String csv = copyOut(cluster.connect(), "COPY public." + table + " TO STDOUT WITH (FORMAT csv, HEADER)");
      assertThat(csv.lines().toList()).hasSize(1 + kind.keys.size()).startsWith("k,note").allMatch(line -> line.endsWith("note") || line.endsWith(",own"));
      for (String shard : cluster.shardNames()) {
        assertThat(cluster.valueOn(shard, "SELECT count(*) FROM " + table)).as("planted").isEqualTo(Integer.toString(kind.keys.size()));
      }
    }
  }

  /// As text, errors by their state.
  private static String answer(String sql) throws SQLException {
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return statement.getUpdateCount() + " rows";
      }
      StringBuilder text = new StringBuilder();
      try (ResultSet rows = statement.getResultSet()) {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          for (int i = 1; i <= columns; i++) {
            text.append(rows.getString(i)).append(i == columns ? "\n" : "|");
          }
        }
      }
      return text.toString();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "SELECT * FROM items WHERE id = 7",
    "SELECT i.*, l.* FROM items i JOIN lines l ON l.item = i.id WHERE i.id = 7",
    "SELECT i.*, l.* FROM items i LEFT JOIN lines l ON l.item = i.id AND l.note = 'foreign' WHERE i.id = 7",
    "SELECT count(*), min(note), sum(price) FROM items WHERE id IN (7, 7)",
    "SELECT i.id FROM items i WHERE i.id = 7 AND EXISTS (SELECT FROM lines l WHERE l.item = i.id AND l.number >= 0)",
    "SELECT i.id, (SELECT count(*) FROM lines l WHERE l.item = i.id) FROM items i WHERE i.id = 7",
    "WITH l AS (SELECT * FROM lines WHERE item = 7) SELECT count(*) FROM items i, l WHERE i.id = 7",
    "SELECT count(*), min(id), max(note) FROM slots WHERE id BETWEEN 10 AND 40",
    "SELECT count(*), min(id), max(note) FROM slots WHERE id < 50",
    "SELECT count(*), min(id), max(note) FROM slots WHERE id >= 50",
    "SELECT s.id, t.id FROM slots s JOIN slots t ON t.note = s.note WHERE s.id BETWEEN 10 AND 20 AND t.id BETWEEN 40 AND 49 ORDER BY 1, 2",
    "SELECT count(*), max(note) FROM wholes",
    "SELECT count(*) FROM wholes w LEFT JOIN wholes v ON v.note = w.note",
    "SELECT (SELECT count(*) FROM wholes), (SELECT max(note) FROM wholes WHERE id > 3)",
    "SELECT count(*) FROM slots s, wholes w WHERE s.id >= 50",
    "UPDATE items SET price = price + 1 WHERE id = 7",
    "UPDATE items i SET price = l.number FROM lines l WHERE i.id = 7 AND l.item = i.id",
    "UPDATE slots SET note = 'changed' WHERE id BETWEEN 10 AND 20",
    "UPDATE wholes SET note = 'changed'",
    "DELETE FROM slots WHERE id BETWEEN 30 AND 40",
    "DELETE FROM wholes WHERE id NOT IN (SELECT id FROM wholes WHERE id > 3)",
    "DELETE FROM lines WHERE item = 8",
    "INSERT INTO items VALUES (7, 'again', 0) ON CONFLICT (id) DO UPDATE SET note = excluded.note",
  })
  void whatGoesToOneShardByItsKeysAnswersAsOnePostgreSql(String sql) throws SQLException {
    assertThat(answer(sql)).as(sql).isEqualTo(answer(sql.replaceAll("\\b(items|lines|slots|wholes)\\b", "one_$1")));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "SELECT i.id FROM items i JOIN lines l ON l.note = i.note WHERE i.id = 7 ORDER BY 1",
    "SELECT id, (SELECT count(*) FROM lines) FROM items WHERE id = 7",
    "SELECT i.id FROM items i WHERE i.id = 7 AND i.note IN (SELECT note FROM lines)",
    "SELECT count(*), sum(price), max(note) FROM items",
    "SELECT note, count(*) FROM lines GROUP BY note ORDER BY 2 DESC, 1 LIMIT 5",
    "SELECT * FROM items ORDER BY id LIMIT 7",
    "SELECT * FROM items ORDER BY note DESC, id OFFSET 3",
    "SELECT count(*) FROM slots WHERE id BETWEEN 40 AND 60",
    "SELECT count(*) FROM items WHERE id IN (1, 2, 3, 4, 5, 6, 7)",
    "SELECT count(*) FROM items i LEFT JOIN lines l ON l.item = i.id",
    "SELECT count(*) FROM wholes w, slots s WHERE w.id = s.id",
  })
  void whatIsGatheredAnswersAsOnePostgreSql(String sql) throws SQLException {
    assertThat(answer(sql)).as(sql).isEqualTo(answer(sql.replaceAll("\\b(items|lines|slots|wholes)\\b", "one_$1")));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "UPDATE items SET price = (SELECT max(number) FROM lines) WHERE id = 7",
    "DELETE FROM items USING lines l WHERE items.id = 7 AND l.note = items.note",
    "UPDATE items SET price = 0",
  })
  void whatWouldSeeThemIsRefusedAsEver(String sql) {
    try (WireClient client = cluster.wire()) {
      assertThat(client.error(sql).code()).isEqualTo("0A000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "COPY (SELECT * FROM items ORDER BY id) TO STDOUT",
    "SELECT id, note FROM items WHERE note > 'b' ORDER BY id FOR UPDATE",
  })
  void otherFormsOfQueriesLeaveThemOut(String sql) {
    try (WireClient client = cluster.wire()) {
      List<String> expected = Heard.simply(client, sql.replace("items", "one_items"));
      assertThat(expected).hasSizeGreaterThan(2);
      assertThat(Heard.simply(client, sql)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "TRUNCATE items",
    "TRUNCATE items, lines CASCADE",
    "ALTER TABLE items ADD COLUMN more int",
    "ALTER TABLE items ADD CHECK (note <> 'foreign')",
    "CREATE UNIQUE INDEX ON lines (item, note)",
    "DROP TABLE wholes",
    "INSERT INTO lines VALUES (7, 8, 'x') ON CONFLICT (number) DO UPDATE SET note = 'mine'",
    "INSERT INTO lines VALUES (7, 8, 'x'), (9, 10, 'x') ON CONFLICT DO NOTHING",
    "COPY BINARY items TO STDOUT",
  })
  void whatCantLeaveThemOutWaits(String sql) {
    try (WireClient client = cluster.wire()) {
      ErrorFields error = client.error(sql);
      assertThat(error.code()).as(sql + ": " + error.message()).isEqualTo("55006");
      assertThat(error.hint().orElse("")).contains("SHOW SHARDGATE MAP");
      assertThat(client.value("SELECT count(*) FROM items WHERE id = 9")).isEqualTo("1");
    }
  }

  @Test
  void aCopyThatIsUnderWayWhenMarksComeDoesNotGoOnWithoutThem() {
    cluster.executeOn("s1", "INSERT INTO bulks SELECT n, repeat(md5(n::text), 8000) FROM generate_series(1, 100) n");
    try (WireClient client = cluster.wire()) {
      client.sendQuery("COPY bulks TO STDOUT");
      client.read(BackendMessage.CopyOutResponse.class);
      ShardMap map = cluster.map();
      assertThat(cluster.directory().compareAndSet(map.version(), map.withForeign(map.foreign().with("bulk", ForeignCopies.marks(map, "bulk"))))).isTrue();
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("40001");
      assertThat(client.query("COPY bulks TO STDOUT").stream().filter(BackendMessage.CopyData.class::isInstance)).as("of its own").isNotEmpty();
    }
  }

  @Test
  void theMapShowsThemAndWithoutMarksEverythingGoesOn() throws SQLException {
    assertThat(answer("SHOW SHARDGATE MAP")).contains("whole||s3||s1, s2, s4|range\n").contains("slot|50|s3||s1, s2, s4|range\n").contains("keys");
    assertThat(answer("EXPLAIN (ROUTE) COPY wholes TO STDOUT")).contains("without rows that are foreign on");
    ShardMap map = cluster.map();
    assertThat(cluster.directory().compareAndSet(map.version(), map.withForeign(map.foreign().with("spare", List.of())))).isTrue();
    assertThat(copyOut(cluster.connect(), "COPY spares (note) TO STDOUT").lines()).as("they are there").contains("foreign");
    cluster.execute("TRUNCATE spares");
    assertThat(answer("SELECT count(*) FROM spares WHERE id = 1")).isEqualTo("0\n");
  }
}
