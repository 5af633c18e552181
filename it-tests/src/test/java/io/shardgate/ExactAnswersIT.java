package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;

/// Statements that a quick version answers, and answers otherwise than one PostgreSQL would. Keys 1 to 9 lie on several shards.
final class ExactAnswersIT {
  private static final String TOPOLOGY =
      """
      groups:
        item: { strategy: hash, key: bigint, tables: { items: id, measures: item, parts: item } }
        word: { strategy: hash, key: text, tables: { words: word } }
      reference: [ colours, rates ]
      """;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.execute(
        "CREATE TABLE items (id bigint PRIMARY KEY, name varchar(5), n int DEFAULT 0)",
        "CREATE DOMAIN short AS varchar(3)",
        "CREATE TABLE measures (item bigint PRIMARY KEY, f float8, at timestamptz, s short, v varchar(3), n numeric(5, 2))",
        "CREATE TABLE rates (id int PRIMARY KEY, rate float8, at timestamptz)",
        "CREATE TABLE colours (id int PRIMARY KEY, name text)",
        "CREATE TABLE words (word text PRIMARY KEY, n int)",
        "CREATE TABLE plain (id int PRIMARY KEY, name text)",
        "CREATE TABLE parts (item bigint, at date, PRIMARY KEY (item, at)) PARTITION BY RANGE (at)",
        "CREATE TABLE parts_old PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE FUNCTION count_items() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM items'",
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''fired''; RETURN NULL; END'",
        "CREATE FUNCTION shift() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := NEW.id + 1; RETURN NEW; END'");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    cluster.execute("TRUNCATE items, colours, plain, words");
  }

  @Test
  void anOperatorThatCountsShardedRowsIsRefused() {
    cluster.execute(
        "CREATE FUNCTION counting(int, int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM items'",
        "CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = counting)",
        "INSERT INTO items VALUES (1, 'a')");
    refused("SELECT 1 <+> 2", "<+>");
    refused("SELECT n <+> 2 FROM items WHERE id = 1", "<+>");
    refused("SELECT * FROM items WHERE id = 1 AND n OPERATOR(public.<+>) 2 > 0", "<+>");
    refused("ALTER TABLE plain ADD CHECK ((id <+> 1) >= 0)", "<+>");
    cluster.execute("DROP OPERATOR <+> (int, int)");
    assertThat(cluster.value("SELECT name FROM items WHERE id = 1")).isEqualTo("a");
  }

  /// `'3.0'` alone is no bigint; next to a number with a point it is a number.
  @Test
  void aLiteralWithoutATypeTakesThatOfItsNeighbours() {
    cluster.execute("INSERT INTO items SELECT g, 'a' FROM generate_series(1, 9) g");
    for (int id = 1; id <= 9; id++) {
      assertThat(cluster.value("SELECT count(*) FROM items WHERE id IN ('" + id + ".0', 2.5)")).isEqualTo("1");
      assertThat(cluster.value("SELECT count(*) FROM items WHERE id IN ('" + id + "', 2.5)")).isEqualTo("1");
      state("SELECT * FROM items WHERE id = '" + id + ".0'", "22P02");
    }
  }

  @Test
  void aCallThatLooksLikeAColumnIsRefusedAsACallIs() {
    cluster.execute("CREATE FUNCTION siblings(items) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM items'", "INSERT INTO items VALUES (1, 'a')");
    refused("SELECT siblings(i) FROM items i WHERE id = 1", "siblings");
    refused("SELECT i.siblings FROM items i WHERE id = 1", "siblings");
    refused("SELECT (i).siblings FROM items i WHERE id = 1", "siblings");
    cluster.execute("DROP FUNCTION siblings(items)");
    // There is a row, of an aggregate over none.
    assertThat(cluster.value("SELECT (SELECT x.count FROM items x WHERE x.id = 1 AND false) FROM items i WHERE i.id = 1")).isEqualTo("0");
  }

  @Test
  void whatStandsBesideTheQueryOfAnInsertSeesOneShardOnlyAndIsRefused() {
    String insert = "INSERT INTO items SELECT g, 'x' FROM generate_series(1, 9) g ";
    refused(insert + "RETURNING (SELECT count(*) FROM items)", "query of its own");
    refused(insert + "RETURNING count_items()", "count_items");
    refused(insert + "ON CONFLICT (id) DO UPDATE SET n = (SELECT count(*) FROM items)", "query of its own");
    refused("INSERT INTO items (id, n) SELECT g, count_items() FROM generate_series(1, 9) g", "count_items");
    assertThat(cluster.value("SELECT count(*) FROM items WHERE id = 1")).isEqualTo("0");
  }

  @Test
  void backslashesAreReadAsTheSessionSays() throws Exception {
    cluster.execute("INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')");
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET standard_conforming_strings = off");
      for (int id = 1; id <= 5; id++) {
        try (var rows = statement.executeQuery("SELECT name FROM items WHERE 'x\\' AND id = 1 --' <> name AND id = " + id)) {
          assertThat(rows.next()).as("id %s", id).isTrue();
          assertThat(rows.getString(1)).isEqualTo(String.valueOf((char) ('a' + id - 1)));
        }
      }
    }
  }

  @Test
  void rowsAreKeptHoweverTheirTableIsSpelled() {
    cluster.execute("INSERT INTO U&\"!0069tems\" UESCAPE '!' AS i (U&\"i\\0064\", name) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')");
    for (int id = 1; id <= 5; id++) {
      assertThat(cluster.value("SELECT name FROM items WHERE id = " + id)).isEqualTo(String.valueOf((char) ('a' + id - 1)));
    }
  }

  @Test
  void aConstraintDefaultOrDomainThatCountsShardedRowsIsRefused() {
    cluster.execute(
        "CREATE FUNCTION enough(int) RETURNS boolean LANGUAGE sql AS 'SELECT count(*) >= 0 FROM items'",
        "CREATE DOMAIN counted AS int CHECK (enough(VALUE))",
        "CREATE TABLE checked (id int, v int CHECK (enough(v)))",
        "CREATE TABLE typed (id int, v counted)");
    refused("SELECT 5::counted", "counted");
    refused("INSERT INTO checked VALUES (1, 2)", "checked");
    refused("INSERT INTO typed VALUES (1, 2)", "typed");
    refused("CREATE INDEX ON plain ((enough(id)))", "enough");
    cluster.execute("DROP TABLE checked, typed", "DROP DOMAIN counted");
  }

  @Test
  void aStatementTriggerFiresOnceOrTheStatementIsRefused() throws Exception {
    cluster.execute("CREATE TRIGGER shouting AFTER INSERT ON items FOR EACH STATEMENT EXECUTE FUNCTION shout()");
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO items VALUES (1, 'a')");
      assertThat(statement.getWarnings().getMessage()).isEqualTo("fired");
      assertThat((Throwable) statement.getWarnings().getNextWarning()).isNull();
    }
    refused("INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')", "shouting");
    refused("INSERT INTO items SELECT g, 'x' FROM generate_series(1, 9) g", "shouting");
    refused("COPY items FROM STDIN", "shouting");
    cluster.execute("DROP TRIGGER shouting ON items", "INSERT INTO items VALUES (11, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')");
  }

  @Test
  void aTriggerThatMovesARowIsRefusedAlsoWhenMadeBehindTheProxysBack() {
    refused("CREATE TRIGGER shifting BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION shift()", "shifting");
    cluster.executeOnEach("CREATE TRIGGER shifting BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION shift()");
    cluster.execute("ALTER TABLE plain SET (fillfactor = 90)"); // the catalog is read anew
    refused("INSERT INTO items VALUES (1, 'a')", "shifting");
    cluster.execute("DROP TRIGGER shifting ON items");
  }

  @Test
  void aPartitionDoesNotBecomeAHomeTable() {
    cluster.execute("INSERT INTO parts VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01')");
    refused("ALTER TABLE parts DETACH PARTITION parts_old", "parts_old");
    assertThat(cluster.value("SELECT count(*) FROM parts WHERE item = 2")).isEqualTo("1");
  }

  @Test
  void returningKeepsItsOrderWhereConflictsDropRows() throws Exception {
    cluster.execute("INSERT INTO items VALUES (2, 'old'), (5, 'old'), (6, 'old')");
    String values = "VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f'), (7, 'g'), (8, 'h'), (9, 'i'), (1, 'j')";
    for (String mode : List.of("simple", "extended")) {
      try (Connection connection = cluster.connect("preferQueryMode=" + mode)) {
        connection.setAutoCommit(false);
        assertThat(numbers(connection, "INSERT INTO items " + values + " ON CONFLICT DO NOTHING RETURNING id")).containsExactly(1L, 3L, 4L, 7L, 8L, 9L);
        connection.rollback();
      }
    }
    try (Connection connection = cluster.connect()) {
      assertThat(numbers(connection, "INSERT INTO items SELECT g, 'x' FROM generate_series(1, 9) g ON CONFLICT DO NOTHING RETURNING id"))
          .containsExactly(1L, 3L, 4L, 7L, 8L, 9L);
    }
    assertThat(cluster.value("SELECT name FROM items WHERE id = 2")).isEqualTo("old");
  }

  @Test
  void returningInNoCertainOrderIsAnErrorAndNothingIsWritten() throws Exception {
    cluster.execute("INSERT INTO items SELECT g, 'old', g FROM generate_series(1, 9) g");
    String upsert =
        "INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f'), (7, 'g'), (8, 'h'), (9, 'i')"
            + " ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    refused(upsert + " WHERE items.n % 2 = 0 RETURNING id", "no certain order");
    assertThat(cluster.value("SELECT name FROM items WHERE id = 2")).isEqualTo("old");
    try (Connection connection = cluster.connect()) {
      assertThat(numbers(connection, upsert + " RETURNING id")).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }
  }

  @Test
  void anErrorInASplitInsertPointsIntoTheUsersText() {
    position("INSERT INTO items (id, name, n) VALUES (1, 'a', 1), (2, 'b', 'x1'), (3, 'c', 3)", "'x1'");
    position("INSERT INTO items (id, name, nope) VALUES (1, 'ü', 1), (2, 'b', 2), (3, 'c', 3)", "nope");
    position("INSERT INTO items (id, name, n) VALUES (1, 'ä', 1), (2, 'ö', nowhere), (3, 'ü', 3)", "nowhere");
    position("SELECT 1; INSERT INTO items (id, name, n) VALUES (1, 'ä', 1), (2, 'b', 2), (3, 'ü', none)", "none");
  }

  private static void position(String sql, String what) {
    assertThatThrownBy(
            () -> {
              try (Connection connection = cluster.connect("preferQueryMode=simple")) {
                connection.createStatement().execute(sql);
              }
            })
        .isInstanceOfSatisfying(
            PSQLException.class, e -> assertThat(e.getServerErrorMessage().getPosition()).as(e.getMessage()).isEqualTo(sql.indexOf(what) + 1));
  }

  @Test
  void insertSelectAssignsAndDoesNotCast() {
    state("INSERT INTO measures (item, v) SELECT g, 'abcd' FROM generate_series(1, 9) g", "22001");
    state("INSERT INTO measures (item, v) SELECT g, 'abcd' FROM generate_series(1, 9) g RETURNING v", "22001");
    state("INSERT INTO measures (item, n) SELECT g, 1000 FROM generate_series(1, 9) g", "22003");
    state("INSERT INTO measures (item, at) SELECT g, 1 FROM generate_series(1, 9) g", "42804");
    refused("INSERT INTO measures (item, s) SELECT g, 'abc' FROM generate_series(1, 9) g", "\"s\"");
    state("INSERT INTO measures (item, s) SELECT g, 'abcd' FROM generate_series(1, 9) g", "22001");
    cluster.execute("INSERT INTO measures (item, v, n) SELECT g, 'abc  ', 1.005 FROM generate_series(1, 9) g");
    assertThat(cluster.value("SELECT v || '|' || n FROM measures WHERE item = 4")).isEqualTo("abc|1.01");
    cluster.execute("TRUNCATE measures");
  }

  @Test
  void floatsAndTimesAreCarriedExactlyOrNotAtAll() throws Exception {
    String pi = "SELECT g, pi(), '2024-07-01 12:00:00.123456+05:30' FROM generate_series(1, 9) g";
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET extra_float_digits = 0");
      for (String sql : List.of("INSERT INTO measures (item, f, at) " + pi, "INSERT INTO rates VALUES (1, random(), now())")) {
        assertThatThrownBy(() -> statement.execute(sql))
            .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).as(sql).isEqualTo("0A000"));
      }
      statement.execute("INSERT INTO items SELECT g, 'x' FROM generate_series(1, 9) g");
      statement.execute("RESET extra_float_digits");
      statement.execute("INSERT INTO measures (item, f, at) " + pi);
    }
    assertThat(cluster.value("SELECT f = pi() AND at = '2024-07-01 06:30:00.123456+00' FROM measures WHERE item = 4")).isEqualTo("t");
    cluster.execute("TRUNCATE measures");
  }

  @Test
  void copyThatSkipsRowsIsRefused() {
    refused("COPY items FROM STDIN (ON_ERROR ignore)", "on_error");
  }

  @Test
  void lockTableNeedsABlockAndANullKeyIsNamed() {
    state("LOCK TABLE items", "25P01");
    state("INSERT INTO items VALUES (NULL, 'a'), (2, 'b')", "23502");
    assertThatThrownBy(running("INSERT INTO items VALUES (NULL, 'a'), (2, 'b')")).hasMessageContaining("column \"id\" of relation \"items\"");
  }

  @Test
  void anArrayInTextIsCutAsPostgreSqlCutsIt() throws Exception {
    cluster.execute("INSERT INTO words VALUES ('a', 1), (' b ', 2), ('c ', 3), ('null', 4), ('\u3000d', 5)");
    String[] arrays = {"{ \"a\" }", "{ \" b \" }", "{c\\ }", "{\\null}", "{\u3000d}"};
    for (int i = 0; i < arrays.length; i++) {
      assertThat(cluster.value("SELECT n FROM words WHERE word = ANY ('" + arrays[i] + "')")).as(arrays[i]).isEqualTo(Integer.toString(i + 1));
    }
    assertThat(cluster.value("SELECT sum(n) FROM words WHERE word = ANY ('{\"a\", \" b \", \"c \", \"null\"}')")).isEqualTo("10");
  }

  @Test
  void aParameterInSeveralPlacesHasTheTypeThatPostgreSqlFindsFirst() {
    cluster.execute("INSERT INTO items SELECT g, 'x', g FROM generate_series(1, 9) g", "INSERT INTO words SELECT 'w' || g, g FROM generate_series(1, 9) g");
    try (WireClient client = cluster.wire()) {
      for (int key = 1; key <= 9; key++) {
        assertThat(prepared(client, "SELECT n FROM items WHERE $1 > 0.5 AND id = $1", key + ".0")).isEqualTo(Integer.toString(key));
        assertThat(prepared(client, "SELECT n FROM items WHERE id = $1 AND id = $1", " " + key)).isEqualTo(Integer.toString(key));
        assertThat(prepared(client, "SELECT n FROM words WHERE word = $1 AND word = $1", "w" + key)).isEqualTo(Integer.toString(key));
        assertThat(prepared(client, "SELECT $1::bpchar, n FROM words WHERE word = $1", "w" + key + " ")).isEqualTo(Integer.toString(key));
      }
    }
  }

  /// The last value of the row that a prepared statement gives, or its error.
  private static String prepared(WireClient client, String sql, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    client.send(out -> {
      FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
      FrontendWriter.bind(out, "", "", new int[0], List.of(bytes), new int[0]);
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    });
    for (BackendMessage message : client.readToReady()) {
      if (message instanceof BackendMessage.DataRow row) {
        return new String(row.values().getLast(), StandardCharsets.UTF_8);
      }
      if (message instanceof BackendMessage.ErrorResponse error) {
        return error.fields().code();
      }
    }
    return "nothing";
  }

  @Test
  void returningSeesTheRowAsTheChangeLeftIt() {
    cluster.execute("INSERT INTO items SELECT g, 'x' || g, g FROM generate_series(1, 9) g");
    for (int key = 1; key <= 9; key++) {
      String changed = "UPDATE items SET n = " + (key % 9 + 1) + " WHERE id = " + key + " AND n = " + key;
      refused(changed + " RETURNING (SELECT name FROM items i WHERE i.id = items.n)", "several shards");
      assertThat(cluster.value(changed + " RETURNING (SELECT name FROM items i WHERE i.id = items.id)")).isEqualTo("x" + key);
    }
  }

  @Test
  void rowsThatAreThereThoughNothingMatchesAreCountedWhole() {
    cluster.execute("INSERT INTO items SELECT g, 'x', g % 9 + 1 FROM generate_series(1, 9) g");
    assertThat(cluster.value("SELECT (SELECT count(*) FROM items), count(*) FROM items WHERE false")).isEqualTo("9");
    assertThat(cluster.value("SELECT count(*) FROM items WHERE false HAVING (SELECT count(*) FROM items) > 5")).isEqualTo("0");
    assertThat(cluster.value("SELECT count(*) FROM (SELECT * FROM items i WHERE EXISTS (SELECT 1 FROM items j WHERE j.id = i.id AND i.id = 5 ORDER BY count(*))) x")).isEqualTo("9");
    String recursive = "WITH RECURSIVE r AS (SELECT id, n FROM items WHERE name = 'x' AND n = 5 UNION SELECT i.id, i.n FROM r JOIN items i ON i.id = r.n)";
    assertThat(cluster.value(recursive + " SELECT count(*) FROM r WHERE id = 5")).isEqualTo("1");
    assertThat(cluster.value("SELECT count(*) FROM items WHERE false")).isEqualTo("0");
  }

  @Test
  void whatBelongsToTheHomeShardIsNotDoneElsewhereByAFunction() throws Exception {
    cluster.execute(
        "INSERT INTO items SELECT g, 'x' FROM generate_series(1, 9) g",
        "CREATE SEQUENCE tickets",
        "CREATE FUNCTION next_ticket() RETURNS bigint LANGUAGE sql AS 'SELECT nextval(''tickets'')'",
        "CREATE FUNCTION ticket() RETURNS bigint BEGIN ATOMIC SELECT next_ticket(); END",
        "CREATE FUNCTION alone() RETURNS boolean BEGIN ATOMIC SELECT pg_try_advisory_xact_lock(1); END",
        "ALTER TABLE measures ADD COLUMN ticket bigint",
        "ALTER TABLE measures ALTER COLUMN ticket SET DEFAULT next_ticket()");
    for (String function : List.of("next_ticket", "ticket", "alone")) {
      refused("SELECT " + function + "() FROM items WHERE id = 1", function);
    }
    try (Connection connection = cluster.connect()) {
      assertThat(numbers(connection, "INSERT INTO measures (item) VALUES (1), (2), (3), (4) RETURNING ticket")).containsExactly(1L, 2L, 3L, 4L);
      assertThat(numbers(connection, "INSERT INTO measures (item) VALUES (5) RETURNING ticket")).containsExactly(5L);
      assertThat(numbers(connection, "SELECT next_ticket()")).containsExactly(6L);
    }
    cluster.execute("TRUNCATE measures", "ALTER TABLE measures DROP COLUMN ticket");
  }

  @Test
  void whatEachServerCountsByItselfIsAlikeInAReferenceTable() {
    cluster.execute(
        "INSERT INTO colours SELECT g, 'c' || g FROM generate_series(1, 9) g",
        "UPDATE colours SET name = xmin::text WHERE id = 1",
        "UPDATE colours SET name = 'colours'::regclass::oid::text WHERE id = 2",
        "UPDATE colours SET name = tableoid::text WHERE id = 3",
        "DELETE FROM colours WHERE ctid = (SELECT min(ctid) FROM colours)",
        "UPDATE colours c SET name = o.name FROM colours o WHERE o.id > 7 AND c.id = 9",
        "INSERT INTO colours SELECT 20, string_agg(name, ',') FROM colours");
    String all = "SELECT string_agg(id || '=' || name, ' ' ORDER BY id) FROM colours";
    assertThat(cluster.shardNames().stream().map(shard -> cluster.valueOn(shard, all)).distinct()).hasSize(1);
    assertThat(cluster.value("SELECT count(*) FROM colours")).isEqualTo("9");
  }

  private static List<Long> numbers(Connection connection, String sql) throws SQLException {
    List<Long> numbers = new ArrayList<>();
    try (ResultSet rows = connection.createStatement().executeQuery(sql)) {
      while (rows.next()) {
        numbers.add(rows.getLong(1));
      }
    }
    return numbers;
  }

  private static ThrowingCallable running(String sql) {
    return () -> {
      try (Connection connection = cluster.connect()) {
        connection.createStatement().execute(sql);
      }
    };
  }

  private static void state(String sql, String sqlState) {
    assertThatThrownBy(running(sql)).isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(sqlState));
  }

  private static void refused(String sql, String what) {
    assertThatThrownBy(running(sql))
        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo("0A000"))
        .hasMessageContaining(what);
  }
}
