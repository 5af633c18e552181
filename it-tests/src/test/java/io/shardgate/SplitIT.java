package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/// Rows that find their shards: INSERT, INSERT … SELECT, COPY, and the values that are made before a row is routed.
final class SplitIT {
  private static final String TOPOLOGY =
      """
      groups:
        item: { strategy: hash, key: bigint, tables: { items: id, notes: item, unseen: item } }
        word: { strategy: hash, key: text, tables: { words: word } }
      reference: [ colours ]
      """;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.execute(
        "CREATE TABLE items (id bigserial PRIMARY KEY, name text, amount int DEFAULT 7)",
        "CREATE TABLE notes (item bigint NOT NULL, n int NOT NULL, note varchar(10), PRIMARY KEY (item, n))",
        "CREATE TABLE words (word text PRIMARY KEY, length int)",
        "CREATE TABLE colours (id int PRIMARY KEY, name text)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    cluster.execute("TRUNCATE items, notes, words, colours");
  }

  /// The proxy knows of it only when it looks again.
  @Test
  void aTableThatWasMadeBesideTheProxyIsCopiedIntoAtOnce() throws Exception {
    cluster.value("SELECT count(*) FROM items"); // a catalog without it is at hand
    cluster.executeOnEach("CREATE TABLE public.unseen (item bigint PRIMARY KEY, n int); ALTER TABLE public.unseen OWNER TO app");
    byte[] rows = IntStream.rangeClosed(1, 200).mapToObj(i -> i + "\t" + i + "\n").collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8);
    assertThat(copy("COPY unseen FROM STDIN", rows, 1000)).isEqualTo(200);
    cluster.shardNames().forEach(shard -> assertThat(count(shard, "unseen")).as(shard).isBetween(20L, 80L));
    cluster.execute("DROP TABLE unseen");
  }

  @Test
  void tenThousandRowsOfOneInsertGoEachToItsShard() throws Exception {
    String values = IntStream.rangeClosed(1, 10_000).mapToObj(i -> "(" + i + ", 1, 'n" + i + "')").collect(Collectors.joining(", "));
    try (Connection connection = cluster.connect()) {
      assertThat(connection.createStatement().executeUpdate("INSERT INTO notes VALUES " + values)).isEqualTo(10_000);
    }
    assertThat(total("notes")).isEqualTo(10_000);
    cluster.shardNames().forEach(shard -> assertThat(count(shard, "notes")).isBetween(2_000L, 3_000L));
    assertThat(cluster.value("SELECT note FROM notes WHERE item = 7777")).isEqualTo("n7777");
  }

  @Test
  void returningKeepsTheOrderOfValuesAndGivesBackMadeKeys() throws Exception {
    try (Connection connection = cluster.connect();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO items (name) VALUES (?), (?), (?), (?), (?), (?) RETURNING id, name")) {
      for (int i = 1; i <= 6; i++) {
        insert.setString(i, "ü" + i);
      }
      List<Long> ids = new ArrayList<>();
      try (ResultSet rows = insert.executeQuery()) {
        for (int i = 1; rows.next(); i++) {
          ids.add(rows.getLong(1));
          assertThat(rows.getString(2)).isEqualTo("ü" + i);
        }
      }
      assertThat(ids).hasSize(6).doesNotHaveDuplicates().isSorted();
    }
    assertThat(total("items")).isEqualTo(6);
  }

  @Test
  void someRowsMaySayDefault() {
    cluster.execute("INSERT INTO items (id, name) VALUES (1000001, 'a'), (DEFAULT, 'b'), (1000002, 'c')");
    assertThat(total("items")).isEqualTo(3);
    assertThat(cluster.value("SELECT name FROM items WHERE id = 1000002")).isEqualTo("c");
  }

  @Test
  void anErrorOnOneShardUndoesTheRowsOfAll() throws Exception {
    cluster.execute("INSERT INTO notes VALUES (5, 1, 'x')");
    try (Connection connection = cluster.connect()) {
      assertThatThrownBy(() -> connection.createStatement().executeUpdate("INSERT INTO notes VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (5, 1, 'd')"))
          .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23505"));
    }
    assertThat(total("notes")).isEqualTo(1);
  }

  @Test
  void onConflictCountsWhatWasInsertedAndUpdated() throws Exception {
    cluster.execute("INSERT INTO notes VALUES (1, 1, 'old'), (2, 1, 'old')");
    try (Connection connection = cluster.connect()) {
      var statement = connection.createStatement();
      assertThat(statement.executeUpdate(
              "INSERT INTO notes VALUES (1, 1, 'new'), (2, 1, 'new'), (3, 1, 'new') ON CONFLICT (item, n) DO UPDATE SET note = EXCLUDED.note"))
          .isEqualTo(3);
      assertThat(statement.executeUpdate("INSERT INTO notes VALUES (1, 1, 'x'), (2, 1, 'x'), (4, 1, 'x') ON CONFLICT DO NOTHING")).isEqualTo(1);
    }
    assertThat(total("notes")).isEqualTo(4);
  }

  @Test
  void aQuerysRowsAreInsertedOnTheirShards() throws Exception {
    try (Connection connection = cluster.connect()) {
      var statement = connection.createStatement();
      assertThat(statement.executeUpdate("INSERT INTO notes SELECT g, 1, E'a\\tb\\\\' || g % 10 FROM generate_series(1, 50000) g")).isEqualTo(50_000);
      assertThat(total("notes")).isEqualTo(50_000);
      assertThat(cluster.value("SELECT note FROM notes WHERE item = 123")).isEqualTo("a\tb\\3");
      assertThatThrownBy(() -> statement.executeUpdate("INSERT INTO notes SELECT g, 2, 'much too long for ten' FROM generate_series(1, 5) g"))
          .hasMessageContaining("value too long for type character varying(10)");
      assertThatThrownBy(() -> statement.executeUpdate("INSERT INTO notes SELECT g::text, 2, 'x' FROM generate_series(1, 5) g"))
          .hasMessageContaining("column \"item\" is of type bigint but expression is of type text");
    }
  }

  @Test
  void textIsSplitWhereverTheClientCutsIt() throws Exception {
    byte[] stream = "1\t1\ta\\tb\n2\t1\tü€\n3\t1\t\\N\n4\t1\tx\\\ny\n\\.\n".getBytes(StandardCharsets.UTF_8);
    for (int pieceBytes : new int[] {1, 2, 3, 1000}) {
      empty();
      assertThat(copy("COPY notes FROM STDIN", stream, pieceBytes)).isEqualTo(4);
      assertThat(cluster.value("SELECT note FROM notes WHERE item = 2")).isEqualTo("ü€");
      assertThat(cluster.value("SELECT note FROM notes WHERE item = 4")).isEqualTo("x\ny");
    }
  }

  @Test
  void csvWithQuotedNewlinesIsSplitWhereverTheClientCutsIt() throws Exception {
    byte[] stream = "word;length\r\n'a\nb';1\r\n'it''s';2\r\n€;3\r\n".getBytes(StandardCharsets.UTF_8);
    for (int pieceBytes : new int[] {1, 2, 3, 1000}) {
      empty();
      assertThat(copy("COPY words FROM STDIN (FORMAT csv, HEADER match, DELIMITER ';', QUOTE '''')", stream, pieceBytes)).isEqualTo(3);
      assertThat(cluster.value("SELECT length FROM words WHERE word = E'a\\nb'")).isEqualTo("1");
      assertThat(cluster.value("SELECT length FROM words WHERE word = 'it''s'")).isEqualTo("2");
    }
  }

  @Test
  void errorsNameTheClientsLine() {
    String rows = IntStream.rangeClosed(1, 1000).mapToObj(i -> i + "\t" + (i == 777 ? "x" : "1") + "\tn").collect(Collectors.joining("\n"));
    assertThatThrownBy(() -> copy("COPY notes FROM STDIN", rows.getBytes(StandardCharsets.UTF_8), 100))
        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22P02"))
        .hasMessageContaining("COPY notes, line 777, column n: \"x\"");
    assertThat(total("notes")).isZero();
  }

  @Test
  void theEarliestOfTheClientsBadLinesIsTold() {
    // Bad rows for every shard, and one whose key can't be read: whichever shard is fastest, line 3 comes first.
    String rows =
        "1\t1\tn\n2\t1\tn\n3\tx\tn\nkey\t1\tn\n" + IntStream.rangeClosed(5, 400).mapToObj(i -> i + "\tx\tn\n").collect(Collectors.joining());
    for (int pieceBytes : new int[] {7, 100, 100_000}) {
      for (int again = 0; again < 5; again++) {
        assertThatThrownBy(() -> copy("COPY notes FROM STDIN", rows.getBytes(StandardCharsets.UTF_8), pieceBytes))
            .hasMessageContaining("COPY notes, line 3, column n: \"x\"");
      }
    }
    String unreadable = "1\t1\tn\nkey\t1\tn\n" + rows;
    assertThatThrownBy(() -> copy("COPY notes FROM STDIN", unreadable.getBytes(StandardCharsets.UTF_8), 100_000))
        .hasMessageContaining("COPY notes, line 2, column item: \"key\"");
    assertThatThrownBy(() -> copy("COPY notes FROM STDIN", "1\tx\tn\n2\t1\tn\r".getBytes(StandardCharsets.UTF_8), 100))
        .hasMessageContaining("COPY notes, line 1, column n: \"x\"");
  }

  @Test
  void quotedNewlinesOfOtherShardsRowsCountAsLines() {
    String rows =
        "item,n,note\n" + IntStream.rangeClosed(1, 300).mapToObj(i -> i + ",1,\"a\nb\n\"\n").collect(Collectors.joining()) + "301,1,\"a\nb\"\n302,x,\"a\nb\"\n";
    // PostgreSQL names the last line of the row.
    assertThatThrownBy(() -> copy("COPY notes FROM STDIN (FORMAT csv, HEADER)", rows.getBytes(StandardCharsets.UTF_8), 100))
        .hasMessageContaining("COPY notes, line 905, column n: \"x\"");
  }

  @Test
  void keysThatCannotBeAreRefusedAsPostgresqlRefusesThem() {
    refused("\\N\t1\tx\n", "23502");
    refused("99999999999999999999\t1\tx\n", "22003");
    refused("1\t1\tx\nabc\t1\tx\n", "22P02");
    refused("1\t1\tx\n2\n", "22P04");
    refused("1\t1\tx\textra\n", "22P04");
    refused("1\t1\tx\n2\t1\tx\r\n", "22P04");
    assertThat(total("notes")).isZero();
  }

  @Test
  void aCopyThatTheClientGivesUpLeavesNothing() throws Exception {
    try (Connection connection = cluster.connect()) {
      CopyIn copy = copies(connection).copyIn("COPY notes FROM STDIN");
      byte[] row = "1\t1\tx\n".getBytes(StandardCharsets.UTF_8);
      copy.writeToCopy(row, 0, row.length);
      copy.cancelCopy();
      assertThat(total("notes")).isZero();
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  @Test
  void copyMakesKeysThatTheStreamDoesNotHave() throws Exception {
    String rows = IntStream.rangeClosed(1, 3000).mapToObj(i -> "n" + i).collect(Collectors.joining("\n"));
    assertThat(copy("COPY items (name) FROM STDIN", rows.getBytes(StandardCharsets.UTF_8), 4096)).isEqualTo(3000);
    assertThat(total("items")).isEqualTo(3000);
    assertThat(cluster.shardNames().stream().filter(shard -> count(shard, "items") > 500)).hasSize(4);
  }

  @Test
  void aReferenceTableGetsEveryRowOnEveryShard() throws Exception {
    assertThat(copy("COPY colours FROM STDIN (FORMAT csv)", "1,red\n2,green\n".getBytes(StandardCharsets.UTF_8), 5)).isEqualTo(2);
    cluster.shardNames().forEach(shard -> assertThat(count(shard, "colours")).isEqualTo(2));
  }

  @Test
  void copyOutGivesTheRowsOfAllShardsAndOneHeader() throws Exception {
    cluster.execute("INSERT INTO notes SELECT g, 1, 'n' FROM generate_series(1, 100) g");
    try (Connection connection = cluster.connect()) {
      StringWriter csv = new StringWriter();
      assertThat(copies(connection).copyOut("COPY notes TO STDOUT (FORMAT csv, HEADER)", csv)).isEqualTo(100);
      assertThat(csv.toString().lines()).hasSize(101).filteredOn(line -> line.startsWith("item")).containsExactly("item,n,note");
      java.io.ByteArrayOutputStream binary = new java.io.ByteArrayOutputStream();
      assertThat(copies(connection).copyOut("COPY notes TO STDOUT (FORMAT binary)", binary)).isEqualTo(100);
      empty();
      assertThat(copies(connection).copyIn("COPY notes FROM STDIN (FORMAT binary)", new ByteArrayInputStream(binary.toByteArray()))).isEqualTo(100);
      assertThat(total("notes")).isEqualTo(100);
    }
  }

  @Test
  void sequencesBehindShardedColumnsCountOnlyAtHome() {
    assertThatThrownBy(() -> cluster.valueOn("s2", "SELECT nextval('items_id_seq')"))
        .rootCause().hasMessageContaining("reached maximum value of sequence");
  }

  private static void refused(String rows, String code) {
    assertThatThrownBy(() -> copy("COPY notes FROM STDIN", rows.getBytes(StandardCharsets.UTF_8), 1000))
        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(code));
  }

  private static long copy(String sql, byte[] stream, int pieceBytes) throws SQLException {
    try (Connection connection = cluster.connect()) {
      CopyIn copy = copies(connection).copyIn(sql);
      for (int at = 0; at < stream.length; at += pieceBytes) {
        copy.writeToCopy(stream, at, Math.min(pieceBytes, stream.length - at));
        copy.flushCopy();
      }
      return copy.endCopy();
    }
  }

  private static CopyManager copies(Connection connection) throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  private static long total(String table) {
    return cluster.shardNames().stream().mapToLong(shard -> count(shard, table)).sum();
  }

  private static long count(String shard, String table) {
    return Long.parseLong(cluster.valueOn(shard, "SELECT count(*) FROM " + table));
  }
}
