package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/// Tables sharded by range: for every key type, however a row is written, it is where the splits say, and found there.
final class RangeIT {
  private static final String TOPOLOGY =
      """
      groups:
        number: { strategy: range, key: bigint, tables: { numbers: k }, splits: [{ until: 0, shard: s1 }, { until: 100, shard: s2 }, { until: 200, shard: s3 }, { shard: s4 }] }
        word: { strategy: range, key: text, tables: { words: k }, splits: [{ until: B, shard: s4 }, { until: b, shard: s3 }, { until: "ä", shard: s2 }, { shard: s1 }] }
        token: { strategy: range, key: uuid, tables: { tokens: k }, splits: [{ until: 40000000-0000-0000-0000-000000000000, shard: s1 }, { until: 80000000-0000-0000-0000-000000000000, shard: s2 }, { until: c0000000-0000-0000-0000-000000000000, shard: s3 }, { shard: s4 }] }
        day: { strategy: range, key: date, tables: { days: k }, splits: [{ until: "2026-01-01", shard: s1 }, { until: "2026-01-02", shard: s2 }, { until: "2026-02-01", shard: s3 }, { shard: s4 }] }
        local: { strategy: range, key: timestamp, tables: { locals: k, seconds: k }, splits: [{ until: "2026-01-01", shard: s1 }, { until: "2026-01-01 12:00", shard: s2 }, { until: "2026-02-01", shard: s3 }, { shard: s4 }] }
        instant: { strategy: range, key: timestamptz, tables: { instants: k, moments: k }, splits: [{ until: "2026-01-01", shard: s1 }, { until: "2026-01-01 12:00Z", shard: s2 }, { until: "2026-02-01", shard: s3 }, { shard: s4 }] }
        part: { strategy: range, key: numeric, tables: { parts: k, cents: k }, splits: [{ until: -0.5, shard: s1 }, { until: 100.005, shard: s2 }, { until: 1e3, shard: s3 }, { shard: s4 }] }
        hashed: { strategy: hash, key: numeric, tables: { hashes: k } }
        dated: { strategy: hash, key: date, tables: { dates: k } }
        timed: { strategy: hash, key: timestamptz, tables: { times: k } }
      """;

  private static TestCluster cluster;

  /// A table, the type of its key, keys as they are written, and what is true on s1 to s4 of the keys there.
  private record Table(String name, String type, List<String> keys, List<String> owned) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stream<Table> tables() {
    return Stream.of(
        new Table("numbers", "bigint", List.of("-9223372036854775808", "-1", "0", "99", "100", "199", "200", "9223372036854775807"),
            List.of("k < 0", "k >= 0 AND k < 100", "k >= 100 AND k < 200", "k >= 200")),
        new Table("words", "text", List.of("", "A", "B", "Zebra", "a", "azzz", "b", "z", "ä", "漢字", "it''s"),
            List.of("k >= 'ä' COLLATE \"C\"", "k >= 'b' COLLATE \"C\" AND k < 'ä' COLLATE \"C\"", "k >= 'B' COLLATE \"C\" AND k < 'b' COLLATE \"C\"", "k < 'B' COLLATE \"C\"")),
        new Table("tokens", "uuid",
            List.of("00000000-0000-0000-0000-000000000000", "3fffffff-ffff-ffff-ffff-ffffffffffff", "40000000-0000-0000-0000-000000000000",
                "7fffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            List.of("k < '40000000-0000-0000-0000-000000000000'", "k >= '40000000-0000-0000-0000-000000000000' AND k < '80000000-0000-0000-0000-000000000000'",
                "k >= '80000000-0000-0000-0000-000000000000' AND k < 'c0000000-0000-0000-0000-000000000000'", "k >= 'c0000000-0000-0000-0000-000000000000'")),
        new Table("days", "date", List.of("-infinity", "0001-01-01", "2025-12-31", "2026-01-01", "2026-01-02", "2026-01-31", "2026-02-01", "9999-12-31", "infinity"),
            List.of("k < '2026-01-01'", "k >= '2026-01-01' AND k < '2026-01-02'", "k >= '2026-01-02' AND k < '2026-02-01'", "k >= '2026-02-01'")),
        new Table("locals", "timestamp",
            List.of("-infinity", "2025-12-31 23:59:59.999999", "2026-01-01", "2026-01-01 11:59:59.5", "2026-01-01T12:00:00", "2026-02-01 00:00", "infinity"),
            List.of("k < '2026-01-01'", "k >= '2026-01-01' AND k < '2026-01-01 12:00'", "k >= '2026-01-01 12:00' AND k < '2026-02-01'", "k >= '2026-02-01'")),
        new Table("instants", "timestamptz",
            List.of("-infinity", "2026-01-01 00:59:59.999999+01", "2026-01-01 01:00:00+01", "2025-12-31 16:00:01-08:00", "2026-01-01T12:00:00Z", "2026-02-01 00:00 +00", "infinity"),
            List.of("k < '2026-01-01 00:00Z'", "k >= '2026-01-01 00:00Z' AND k < '2026-01-01 12:00Z'", "k >= '2026-01-01 12:00Z' AND k < '2026-02-01 00:00Z'",
                "k >= '2026-02-01 00:00Z'")),
        new Table("parts", "numeric", List.of("-Infinity", "-0.50001", "-0.5", "0", "100.004", "100.0050", "999.999999999999999999999", "1e3", "Infinity", "NaN"),
            List.of("k < -0.5", "k >= -0.5 AND k < 100.005", "k >= 100.005 AND k < 1000", "k >= 1000")));
  }

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    tables().forEach(table -> cluster.execute("CREATE TABLE " + table.name + " (k " + table.type + " PRIMARY KEY, n int)"));
    cluster.execute(
        "CREATE TABLE cents (k numeric(10, 2) PRIMARY KEY, n int)", "CREATE TABLE seconds (k timestamp(0) PRIMARY KEY, n int)",
        "CREATE TABLE hashes (k numeric PRIMARY KEY, n int)", "CREATE TABLE dates (k date PRIMARY KEY, n int)",
        "CREATE TABLE times (k timestamptz PRIMARY KEY DEFAULT now(), n int)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    cluster.execute("TRUNCATE numbers, words, tokens, days, locals, instants, parts, cents, seconds, hashes, dates, times");
  }

  @ParameterizedTest
  @MethodSource("tables")
  void rowsInsertedOneByOne(Table table) throws Exception {
    for (String key : table.keys) {
      cluster.execute("INSERT INTO " + table.name + " VALUES ('" + key + "', 1)");
    }
    everyRowIsWhereTheSplitsSay(table);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void manyRowsOfOneStatement(Table table) throws Exception {
    String rows = String.join(", ", table.keys.stream().map(key -> "('" + key + "', 1)").toList());
    cluster.execute("INSERT INTO " + table.name + " VALUES " + rows);
    everyRowIsWhereTheSplitsSay(table);
    cluster.execute("INSERT INTO " + table.name + " VALUES " + rows + " ON CONFLICT (k) DO UPDATE SET n = 2");
    everyRowIsWhereTheSplitsSay(table);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void rowsOfAQuery(Table table) throws Exception {
    String rows = String.join(", ", table.keys.stream().map(key -> "('" + key + "'::" + table.type + ", 1)").toList());
    cluster.execute("INSERT INTO " + table.name + " SELECT * FROM (VALUES " + rows + ") v");
    everyRowIsWhereTheSplitsSay(table);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void parametersInTextAndBinary(Table table) throws Exception {
    for (String options : List.of("prepareThreshold=0&binaryTransfer=false", "prepareThreshold=-1&binaryTransfer=true")) {
      cluster.execute("TRUNCATE " + table.name);
      try (Connection connection = cluster.connect(options);
          PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table.name + " VALUES (?::" + table.type + ", 1)")) {
        for (String key : table.keys) {
          insert.setString(1, key.replace("''", "'"));
          insert.executeUpdate();
        }
      }
      everyRowIsWhereTheSplitsSay(table);
    }
  }

  @ParameterizedTest
  @MethodSource("tables")
  void copyInTextCsvAndBinary(Table table) throws Exception {
    for (String format : List.of("text", "csv")) {
      cluster.execute("TRUNCATE " + table.name);
      copyIn("COPY " + table.name + " FROM STDIN (FORMAT " + format + ")", format.equals("csv") ? csv(table) : text(table));
      everyRowIsWhereTheSplitsSay(table);
    }
    byte[] binary = copyOut("COPY (SELECT k::" + table.type + ", 1 FROM (VALUES " + values(table) + ") v(k)) TO STDOUT (FORMAT binary)");
    cluster.execute("TRUNCATE " + table.name);
    copyIn("COPY " + table.name + " FROM STDIN (FORMAT binary)", binary);
    everyRowIsWhereTheSplitsSay(table);
  }

  private static byte[] text(Table table) {
    return String.join("", table.keys.stream().map(key -> key.replace("''", "'") + "\t1\n").toList()).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] csv(Table table) {
    return String.join("", table.keys.stream().map(key -> '"' + key.replace("''", "'") + "\",1\n").toList()).getBytes(StandardCharsets.UTF_8);
  }

  private static String values(Table table) {
    return String.join(", ", table.keys.stream().map(key -> "('" + key + "')").toList());
  }

  private static void copyIn(String sql, byte[] data) throws Exception {
    try (Connection connection = cluster.connect()) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql, new ByteArrayInputStream(data));
    }
  }

  private static byte[] copyOut(String sql) throws Exception {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (Connection connection = cluster.connect()) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql, data);
    }
    return data.toByteArray();
  }

  private static void everyRowIsWhereTheSplitsSay(Table table) throws SQLException {
    int rows = 0;
    for (int shard = 1; shard <= 4; shard++) {
      String all = cluster.valueOn("s" + shard, "SELECT count(*) FROM " + table.name);
      assertThat(cluster.valueOn("s" + shard, "SELECT count(*) FROM " + table.name + " WHERE " + table.owned.get(shard - 1)))
          .as("rows of " + table.name + " on s" + shard).isEqualTo(all);
      rows += Integer.parseInt(all);
    }
    assertThat(rows).isEqualTo(table.keys.size());
    for (String key : table.keys) {
      assertThat(cluster.value("SELECT count(*) FROM " + table.name + " WHERE k = '" + key + "'")).as(key).isEqualTo("1");
      assertThat(cluster.value("SELECT count(*) FROM " + table.name + " WHERE k IN ('" + key + "', '" + key + "')")).as(key).isEqualTo("1");
    }
  }

  @Test
  void roundedKeysAreWhereTheyAreLookedFor() throws Exception {
    cluster.execute("INSERT INTO cents VALUES (100.0049, 1), (100.005, 2), (999.995, 3), (-0.495, 4), (-0.494, 5)");
    cluster.execute("INSERT INTO seconds VALUES ('2025-12-31 23:59:59.5', 1), ('2025-12-31 23:59:59.4', 2), ('2026-01-01 11:59:59.9', 3)");
    for (String found : List.of("100.00:1", "100.01:2", "1000:3", "-0.50:4", "-0.49:5")) {
      assertThat(cluster.value("SELECT n FROM cents WHERE k = " + found.split(":")[0])).as(found).isEqualTo(found.split(":")[1]);
    }
    assertThat(cluster.value("SELECT n FROM seconds WHERE k = '2026-01-01'")).isEqualTo("1");
    assertThat(cluster.value("SELECT n FROM seconds WHERE k = '2025-12-31 23:59:59'")).isEqualTo("2");
    assertThat(cluster.value("SELECT n FROM seconds WHERE k = '2026-01-01 12:00'")).isEqualTo("3");
    copyIn("COPY cents FROM STDIN", "1.005\t6\n99999.994\t7\n".getBytes(StandardCharsets.UTF_8));
    assertThat(cluster.value("SELECT n FROM cents WHERE k = 1.01")).isEqualTo("6");
    assertThat(cluster.value("SELECT n FROM cents WHERE k = 99999.99")).isEqualTo("7");
  }

  @Test
  void boundsWithinOneRangeAreAnsweredByItsShard() throws Exception {
    cluster.execute("INSERT INTO numbers SELECT i, 0 FROM generate_series(-50, 250) i");
    assertThat(cluster.value("SELECT count(*) FROM numbers WHERE k >= 100 AND k < 150")).isEqualTo("50");
    assertThat(cluster.value("SELECT count(*) FROM numbers WHERE k BETWEEN 0 AND 99")).isEqualTo("100");
    assertThat(cluster.value("SELECT count(*) FROM numbers WHERE k > 200")).isEqualTo("50");
    assertThat(cluster.value("SELECT count(*) FROM numbers WHERE -1 >= k")).isEqualTo("50");
    cluster.execute("UPDATE numbers SET n = 1 WHERE k >= 150 AND k <= 199");
    assertThat(cluster.valueOn("s3", "SELECT count(*) FROM numbers WHERE n = 1")).isEqualTo("50");
    try (Connection connection = cluster.connect("prepareThreshold=-1");
        PreparedStatement count = connection.prepareStatement("SELECT count(*) FROM numbers WHERE k >= ? AND k < ?")) {
      assertThat(count(count, 100, 200)).isEqualTo(100);
      assertThat(count(count, -10, 0)).as("what the excluded bound begins is not asked").isEqualTo(10);
      assertThat(count(count, 50, 150)).as("of two shards").isEqualTo(100);
    }
  }

  private static long count(PreparedStatement statement, long low, long high) throws SQLException {
    statement.setLong(1, low);
    statement.setLong(2, high);
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void hashOfEveryKeyTypeFindsItsRows() throws Exception {
    List<String> numbers = List.of("0", "-1", "1.50", "100000000000000000000.0001", "NaN", "Infinity", "1e-7", "12345.6789");
    for (String number : numbers) {
      cluster.execute("INSERT INTO hashes VALUES ('" + number + "', 1)");
      assertThat(cluster.value("SELECT n FROM hashes WHERE k = '" + number + "'")).as(number).isEqualTo("1");
    }
    assertThat(cluster.value("SELECT n FROM hashes WHERE k = 1.5")).isEqualTo("1");
    assertThat(cluster.value("SELECT n FROM hashes WHERE k = 1.50000")).isEqualTo("1");
    cluster.execute("INSERT INTO dates SELECT date '2026-01-01' + i, i FROM generate_series(0, 99) i");
    assertThat(cluster.value("SELECT n FROM dates WHERE k = '2026-02-01'")).isEqualTo("31");
    List<String> used = new ArrayList<>();
    for (String shard : cluster.shardNames()) {
      if (!cluster.valueOn(shard, "SELECT count(*) FROM dates").equals("0")) {
        used.add(shard);
      }
    }
    assertThat(used).hasSize(4);
  }

  @Test
  void aKeyMadeByItsDefaultIsFoundAgain() throws Exception {
    try (Connection connection = cluster.connect("preferQueryMode=simple"); Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("INSERT INTO times (n) VALUES (7) RETURNING k::text")) {
      row.next();
      String made = row.getString(1);
      assertThat(cluster.value("SELECT n FROM times WHERE k = '" + made + "'")).as(made).isEqualTo("7");
    }
  }

  /// Texts whose instant depends on the session, each in the middle of where it lies on another shard under other settings.
  private static final List<String> TEXTS =
      List.of("2026-01-01 00:30", "2026-01-01 12:30", "2026-02-01 00:30", "01/02/2026 10:00", "2/1/2026 00:10", "Jan 1 2026 12:30 CET",
          "2026-01-01 12:30 America/New_York", "20260101T003000", "epoch", "infinity", "-INFINITY");

  @Test
  void aTextMeansWhatItMeansUnderTheSessionsSettings() throws Exception {
    for (String mode : List.of("preferQueryMode=simple", "prepareThreshold=-1&stringtype=unspecified", "prepareThreshold=0&binaryTransfer=false&stringtype=unspecified")) {
      for (String settings : List.of("Europe/Vienna|ISO, MDY", "America/New_York|ISO, MDY", "America/New_York|ISO, DMY", "UTC|ISO, YMD", "Europe/Vienna|ISO, DMY")) {
        cluster.execute("TRUNCATE instants, times");
        try (Connection connection = cluster.connect(mode); Statement statement = connection.createStatement()) {
          statement.execute("SET TimeZone = '" + settings.split("\\|")[0] + "'");
          statement.execute("SET DateStyle = '" + settings.split("\\|")[1] + "'");
          for (String table : List.of("instants", "times")) {
            asPostgresqlReads(connection, table, mode + ", " + settings);
          }
        }
        everyInstantIsWhereTheSplitsSay();
      }
    }
  }

  private static void asPostgresqlReads(Connection connection, String table, String as) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + " (k, n) VALUES (?, 1) ON CONFLICT (k) DO NOTHING");
        PreparedStatement find = connection.prepareStatement("SELECT k FROM " + table + " WHERE k = ?");
        PreparedStatement meaning = connection.prepareStatement("SELECT ?::timestamptz")) {
      for (String text : TEXTS) {
        meaning.setString(1, text);
        String expected;
        try (ResultSet row = meaning.executeQuery()) {
          row.next();
          expected = row.getString(1);
        } catch (SQLException e) {
          insert.setString(1, text);
          assertThatThrownBy(insert::executeUpdate).as(as + ": " + text).hasMessageStartingWith(e.getMessage().lines().findFirst().orElseThrow());
          continue;
        }
        insert.setString(1, text);
        insert.executeUpdate();
        find.setString(1, text);
        try (ResultSet row = find.executeQuery()) {
          assertThat(row.next()).as(as + ": " + text).isTrue();
          assertThat(row.getString(1)).as(as + ": " + text).isEqualTo(expected);
        }
      }
    }
  }

  private static void everyInstantIsWhereTheSplitsSay() throws SQLException {
    List<String> owned = tables().filter(table -> table.name.equals("instants")).findFirst().orElseThrow().owned;
    for (int shard = 1; shard <= 4; shard++) {
      assertThat(cluster.valueOn("s" + shard, "SELECT count(*) FROM instants WHERE NOT (" + owned.get(shard - 1) + ")")).as("s" + shard).isEqualTo("0");
    }
    List<String> hashed = new ArrayList<>();
    for (String shard : cluster.shardNames()) {
      String all = cluster.valueOn(shard, "SELECT coalesce(string_agg((k AT TIME ZONE 'UTC')::text, '|'), '') FROM times WHERE isfinite(k)");
      Stream.of(all.split("\\|")).filter(each -> !each.isEmpty()).forEach(hashed::add);
    }
    for (String instant : hashed) {
      assertThat(cluster.value("SELECT n FROM times WHERE k = '" + instant + "Z'")).as(instant).isEqualTo("1");
    }
  }

  @Test
  void oneTextUnderTwoTimeZonesIsTwoKeys() throws Exception {
    try (WireClient vienna = cluster.wire(); WireClient newYork = cluster.wire()) {
      vienna.query("SET TimeZone = 'Europe/Vienna'");
      vienna.query("SET DateStyle = 'SQL, DMY'");
      newYork.query("SET TimeZone = 'America/New_York'");
      newYork.query("SET DateStyle = 'SQL, MDY'");
      for (WireClient client : List.of(vienna, newYork, vienna, newYork)) {
        String zone = client.value("SHOW TimeZone");
        int n = zone.startsWith("Europe") ? 1 : 2;
        client.query("INSERT INTO instants VALUES ('01/02/2026 10:00', " + n + "), ('02/01/2026 00:15', " + (n + 2) + ") ON CONFLICT DO NOTHING");
        assertThat(client.rows("SELECT n FROM instants WHERE k = '01/02/2026 10:00'")).as(zone).containsExactly("" + n);
        assertThat(client.rows("SELECT n FROM instants WHERE k IN ('02/01/2026 00:15')")).as(zone).containsExactly("" + (n + 2));
        assertThat(client.rows("SELECT count(*) FROM instants WHERE k >= '01/02/2026 09:59:59' AND k < '01/02/2026 10:00:01'")).as(zone).containsExactly("1");
        client.query("INSERT INTO days VALUES ('01/02/2026', " + n + ") ON CONFLICT DO NOTHING");
        assertThat(client.rows("SELECT n FROM days WHERE k = '01/02/2026'")).as(zone).containsExactly("" + n);
      }
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-02-01 09:00Z'")).isEqualTo("1");
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-01-02 15:00Z'")).isEqualTo("2");
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-01-01 23:15Z'")).isEqualTo("3");
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-02-01 05:15Z'")).isEqualTo("4");
      assertThat(cluster.value("SELECT n FROM days WHERE k = '2026-02-01'")).isEqualTo("1");
      assertThat(cluster.value("SELECT n FROM days WHERE k = '2026-01-02'")).isEqualTo("2");
    }
    everyInstantIsWhereTheSplitsSay();
  }

  @Test
  void settingsOfATransactionCountWhileItLasts() throws Exception {
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'UTC'");
      String insert = "INSERT INTO instants VALUES ('2026-01-01 12:30', 1)";
      client.query("BEGIN; SET LOCAL TimeZone = 'Europe/Vienna'");
      client.query(insert);
      assertThat(client.value("SELECT n FROM instants WHERE k = '2026-01-01 12:30'")).isEqualTo("1");
      client.query("COMMIT");
      assertThat(cluster.valueOn("s2", "SELECT count(*) FROM instants WHERE k = '2026-01-01 11:30Z'")).isEqualTo("1");
      client.query("BEGIN; SET TimeZone = 'America/New_York'; ROLLBACK");
      client.query("SET TimeZone = 'Asia/Tokyo'; " + insert);
      assertThat(cluster.valueOn("s2", "SELECT count(*) FROM instants WHERE k = '2026-01-01 03:30Z'")).isEqualTo("1");
      client.query("RESET ALL; SET TimeZone = 'UTC'; " + insert + "; SET TimeZone = 'Europe/Vienna'");
      assertThat(cluster.valueOn("s3", "SELECT count(*) FROM instants WHERE k = '2026-01-01 12:30Z'")).isEqualTo("1");
    }
    everyInstantIsWhereTheSplitsSay();
  }

  /// A literal is read at Parse, a parameter at Bind: a statement that was prepared under other settings has another instant in it.
  @Test
  void aSettingBetweenParseAndBindLeavesALiteralUncertain() {
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'UTC'");
      List<BackendMessage> answers =
          client.send(out -> {
            FrontendWriter.parse(out, "old", "INSERT INTO instants VALUES ('2026-01-01 12:30', 1)".getBytes(StandardCharsets.UTF_8), new int[0]);
            FrontendWriter.describeStatement(out, "old");
            FrontendWriter.parse(out, "", "SET TimeZone = 'Europe/Vienna'".getBytes(StandardCharsets.UTF_8), new int[0]);
            FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.parse(out, "new", "INSERT INTO instants VALUES ($1, 2)".getBytes(StandardCharsets.UTF_8), new int[0]);
            FrontendWriter.bind(out, "", "new", new int[0], List.of("2026-01-01 12:30".getBytes(StandardCharsets.UTF_8)), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.bind(out, "", "old", new int[0], List.of(), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.sync(out);
          }).readToReady();
      assertThat(WireClient.errorIn(answers).message()).contains("depends on the session");
      assertThat(client.value("SHOW TimeZone")).as("an error takes the whole pipeline back").isEqualTo("UTC");
      answers =
          client.send(out -> {
            FrontendWriter.parse(out, "", "SET TimeZone = 'Europe/Vienna'".getBytes(StandardCharsets.UTF_8), new int[0]);
            FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.bind(out, "", "new", new int[0], List.of("2026-01-01 12:30".getBytes(StandardCharsets.UTF_8)), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.sync(out);
          }).readToReady();
      assertThat(answers).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
    }
    assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-01-01 11:30Z'")).isEqualTo("2");
  }

  @Test
  void whatDependsOnTheMomentIsReadFromAllShardsAndWrittenAsOneServerReadsIt() throws Exception {
    cluster.execute("INSERT INTO instants SELECT i, 7 FROM (SELECT '2025-01-01Z'::timestamptz AS i) x", "INSERT INTO instants VALUES ('2999-01-01 00:00Z', 8)");
    assertThat(cluster.value("SELECT sum(n) FROM instants WHERE k < 'today' AND n = 7 OR k > 'tomorrow' AND n = 8")).isEqualTo("15");
    cluster.execute("DELETE FROM instants WHERE k = '2025-01-01Z'", "DELETE FROM instants WHERE k = '2999-01-01 00:00Z'");
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'Asia/Kolkata'");
      for (String style : List.of("ISO, MDY", "Postgres, DMY")) {
        client.query("SET DateStyle = '" + style + "'");
        for (String table : List.of("instants", "times", "locals", "dates")) {
          cluster.execute("TRUNCATE " + table);
          everyMadeKeyIsFound(client, table, style);
        }
      }
    }
    tables().filter(table -> List.of("locals", "instants").contains(table.name)).forEach(RangeIT::everyRowIsOwned);
    assertThatThrownBy(() -> copyIn("COPY instants FROM STDIN", "2026-01-15 10:00:00+00\t1\nnow\t2\n".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("depends on the session").hasMessageContaining("line 2");
    assertThatThrownBy(() -> cluster.execute("INSERT INTO instants VALUES ('2026-13-15 10:00', 1)")).hasMessageContaining("date/time field value out of range");
    assertThatThrownBy(() -> cluster.execute("INSERT INTO instants VALUES ('now today 25:00', 1)")).hasMessageContaining("invalid input syntax for type timestamp");
  }

  /// Keys that only a server can tell, and each time anew: a row that the home shard does not make once is where nobody looks for it.
  private static final List<String> MADE =
      List.of("'today'", "'now'", "' Tomorrow 23:59:30'", "'yesterday 10:00'", "now()", "current_timestamp", "clock_timestamp()", "now() - interval '400 days'",
          "timestamptz 'now'", "CAST('tomorrow' AS timestamptz)", "'2026-01-01 12:30'::timestamp AT TIME ZONE 'America/New_York'", "current_date");

  private static void everyMadeKeyIsFound(WireClient client, String table, String style) {
    for (String value : MADE) {
      for (String rows : List.of("(" + value + ", 1)", "('epoch', 0), (" + value + ", 1)")) {
        String insert = "INSERT INTO " + table + " VALUES " + rows + " ON CONFLICT (k) DO UPDATE SET n = excluded.n RETURNING n, to_json(k) #>> '{}'";
        for (List<BackendMessage> answer : List.of(client.query(insert), parsed(client, insert))) {
          String what = table + ", " + style + ": " + rows + " → " + answer;
          List<String> made = WireClient.rowsIn(answer).stream().filter(row -> row.startsWith("1|")).map(row -> row.substring(2)).toList();
          assertThat(made).as(what).hasSize(1);
          assertThat(client.rows("SELECT n FROM " + table + " WHERE k = '" + made.getFirst() + "'")).as(what).hasSize(1);
        }
      }
    }
  }

  private static List<BackendMessage> parsed(WireClient client, String sql, String... parameters) {
    return client.send(out -> {
      FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
      FrontendWriter.bind(out, "", "", new int[0], Stream.of(parameters).map(each -> each.getBytes(StandardCharsets.UTF_8)).toList(), new int[0]);
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    }).readToReady();
  }

  @Test
  void aMadeRowIsOfOneMoment() throws Exception {
    cluster.execute("CREATE TABLE IF NOT EXISTS moments (k timestamptz PRIMARY KEY DEFAULT now(), n int, at timestamptz)", "TRUNCATE moments");
    try (WireClient client = cluster.wire()) {
      client.query("SET DateStyle = 'SQL, DMY'");
      for (int day = 1; day <= 6; day++) {
        String expression = "INSERT INTO moments VALUES (now() - $1 * interval '1 day', $2, now()) RETURNING k = at - n * interval '1 day'";
        assertThat(WireClient.rowsIn(parsed(client, expression, "" + day, "" + day))).as("%s days", day).containsExactly("t");
        String text = day % 2 == 0 ? "now" : "01/02/2026 10:0" + day;
        assertThat(WireClient.rowsIn(parsed(client, "INSERT INTO moments VALUES ($1, 0, now()) RETURNING k = at", text))).as(text).containsExactly(day % 2 == 0 ? "t" : "f");
      }
    }
    assertThat(cluster.value("SELECT count(*) FROM moments")).isEqualTo("12");
  }

  @Test
  void aTypedLiteralIsAskedForToo() throws Exception {
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'America/New_York'");
      client.query("SET DateStyle = 'SQL, DMY'");
      client.query("INSERT INTO instants VALUES (timestamptz '01/02/2026 10:00', 1), ('01/01/2026 12:30'::timestamptz, 2)");
      client.query("INSERT INTO days VALUES (date '01/02/2026', 1)");
      client.query("INSERT INTO numbers VALUES (-int8 '150', 1), (int8 '150', 2)");
      everyInstantIsWhereTheSplitsSay();
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-02-01 15:00Z'")).isEqualTo("1");
      assertThat(cluster.value("SELECT n FROM days WHERE k = '2026-02-01'")).isEqualTo("1");
      assertThat(client.rows("SELECT n FROM numbers WHERE k = -int8 '150' UNION ALL SELECT n FROM numbers WHERE k = -150")).containsExactly("1", "1");
      // A change of rows on several shards would be refused.
      for (String found : List.of("k = timestamptz '01/02/2026 10:00'", "k IN (CAST('01/02/2026 10:00' AS timestamptz))", "k >= timestamptz '01/02/2026 9:59' AND k < '01/02/2026 10:01'")) {
        assertThat(client.query("UPDATE instants SET n = n + 10 WHERE " + found)).as(found).contains(new BackendMessage.CommandComplete("UPDATE 1"));
      }
      assertThat(client.error("UPDATE instants SET n = 1 WHERE k = timestamptz 'today'").code()).isEqualTo("0A000");
      assertThat(client.query("DELETE FROM days WHERE k = date '01/02/2026'")).contains(new BackendMessage.CommandComplete("DELETE 1"));
    }
  }

  @Test
  void fieldsOfACopyAreReadUnderItsSettings() throws Exception {
    StringBuilder text = new StringBuilder();
    StringBuilder csv = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      text.append("%02d/%02d/2026 %02d:00\t%d\n".formatted(1 + i % 28, 1 + i / 28 % 12, i / 336 % 24, i));
      csv.append("\"%d Jan 2026\",%d\n".formatted(1 + i % 31, i));
    }
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'ISO, DMY'");
      org.postgresql.copy.CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      assertThat(copy.copyIn("COPY instants FROM STDIN", new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)))).isEqualTo(5_000);
      everyInstantIsWhereTheSplitsSay();
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-01-31 15:00Z'")).isEqualTo("28");
      assertThatThrownBy(() -> copy.copyIn("COPY days FROM STDIN CSV", new ByteArrayInputStream(csv.toString().getBytes(StandardCharsets.UTF_8))))
          .hasMessageContaining("duplicate key");
      csv.setLength(csv.indexOf("\"1 Jan 2026\",31"));
      assertThat(copy.copyIn("COPY days FROM STDIN CSV", new ByteArrayInputStream(csv.toString().getBytes(StandardCharsets.UTF_8)))).isEqualTo(31);
      assertThat(cluster.valueOn("s3", "SELECT count(*) FROM days")).isEqualTo("30");
      assertThatThrownBy(() -> copy.copyIn("COPY days FROM STDIN CSV", new ByteArrayInputStream("2 Feb 2026,1\n31 Feb 2026,2\n".getBytes(StandardCharsets.UTF_8))))
          .hasMessageContaining("line 2");
    }
    assertThat(cluster.value("SELECT count(*) FROM days")).isEqualTo("31");
  }

  @Test
  void rowsOfAQueryAreCarriedUnderEveryDateStyle() {
    cluster.execute("CREATE TABLE IF NOT EXISTS home_days AS SELECT d::date AS d, d AS t FROM generate_series(timestamp '2025-12-20', '2026-02-10', '7 hours') d");
    for (String style : List.of("SQL, DMY", "German", "Postgres, MDY")) {
      for (String tail : List.of("", " ON CONFLICT DO NOTHING")) {
        cluster.execute("TRUNCATE days, instants, locals");
        cluster.execute(
            "SET DateStyle = '" + style + "'; SET TimeZone = 'Asia/Kolkata'; INSERT INTO days SELECT DISTINCT d, 1 FROM home_days" + tail
                + "; INSERT INTO locals SELECT t, 1 FROM home_days" + tail + "; INSERT INTO instants SELECT t, 1 FROM home_days" + tail);
        tables().filter(table -> List.of("days", "locals", "instants").contains(table.name)).forEach(RangeIT::everyRowIsOwned);
        assertThat(cluster.value("SELECT (SELECT count(*) FROM locals) = (SELECT count(*) FROM home_days)")).isEqualTo("t");
        assertThat(cluster.value("SELECT count(*) FROM instants i JOIN home_days h ON i.k = h.t AT TIME ZONE 'Asia/Kolkata'")).isEqualTo(cluster.value("SELECT count(*) FROM home_days"));
      }
    }
  }

  private static void everyRowIsOwned(Table table) {
    for (int shard = 1; shard <= 4; shard++) {
      assertThat(cluster.valueOn("s" + shard, "SELECT count(*) FROM " + table.name + " WHERE NOT (" + table.owned.get(shard - 1) + ")")).as(table + " on s" + shard).isEqualTo("0");
    }
  }

  @Test
  void argumentsOfExecuteAreReadOnce() throws Exception {
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'Asia/Kolkata'");
      client.query("SET DateStyle = 'SQL, DMY'");
      client.query("PREPARE put (timestamptz, int) AS INSERT INTO times VALUES ($1, $2)");
      client.query("PREPARE known AS INSERT INTO instants VALUES ('01/02/2026 10:00', 1)");
      client.query("PREPARE find (timestamptz) AS SELECT n FROM times WHERE k = $1");
      List<String> values = List.of("'01/02/2026 10:00'", "'now'", "clock_timestamp()", "'tomorrow'::timestamptz", "timestamp '2026-01-01 10:00'");
      for (int n = 0; n < values.size(); n++) {
        assertThat(client.query("EXECUTE put(" + values.get(n) + ", " + n + ")")).as(values.get(n)).contains(new BackendMessage.CommandComplete("INSERT 0 1"));
      }
      assertThat(List.of(client.value("EXECUTE find('01/02/2026 10:00')"), client.value("EXECUTE find('01/01/2026 10:00')"))).containsExactly("0", "4");
      for (String made : client.rows("SELECT to_json(k) #>> '{}' FROM times")) {
        assertThat(client.rows("SELECT count(*) FROM times WHERE k = '" + made + "'")).as(made).containsExactly("1");
      }
      assertThat(client.query("EXECUTE known")).contains(new BackendMessage.CommandComplete("INSERT 0 1"));
      assertThat(client.rows("SELECT n FROM instants WHERE k = '2026-02-01 04:30Z'")).containsExactly("1");
      client.query("SET TimeZone = 'UTC'");
      assertThat(client.error("EXECUTE known").message()).contains("depends on the session");
    }
  }

  /// Rows are locked on one shard only, so that it shows whether the cursor's shard was found.
  @Test
  void aCursorsTextsAreAskedFor() throws Exception {
    cluster.execute("INSERT INTO instants VALUES ('2026-02-01 04:30Z', 1)");
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'Asia/Kolkata'");
      client.query("SET DateStyle = 'SQL, DMY'");
      client.query("BEGIN; DECLARE c CURSOR FOR SELECT n FROM instants WHERE k = '01/02/2026 10:00' FOR UPDATE");
      assertThat(client.rows("FETCH ALL FROM c")).containsExactly("1");
      List<BackendMessage> answers =
          parsed(client, "DECLARE d CURSOR FOR SELECT n FROM instants WHERE k = $1 AND k >= '01/02/2026 10:00' FOR UPDATE", "01/02/2026 10:00");
      assertThat(answers).contains(new BackendMessage.CommandComplete("DECLARE CURSOR"));
      assertThat(client.rows("FETCH ALL FROM d")).containsExactly("1");
      client.query("ROLLBACK");
    }
  }

  @Test
  void aLiteralThatWasPreparedEarlierIsReadAsItWasThen() throws Exception {
    try (WireClient client = cluster.wire()) {
      client.query("SET TimeZone = 'Asia/Kolkata'");
      client.send(out -> {
        FrontendWriter.parse(out, "then", "INSERT INTO instants VALUES ('2026-02-01 10:00', 1)".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.parse(out, "moment", "INSERT INTO instants VALUES ('now', 1)".getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.sync(out);
      }).readToReady();
      assertThat(bound(client, "then")).contains(new BackendMessage.CommandComplete("INSERT 0 1"));
      assertThat(WireClient.errorIn(bound(client, "moment")).message()).contains("depends on the session");
      client.query("SET TimeZone = 'UTC'");
      assertThat(WireClient.errorIn(bound(client, "then")).message()).contains("depends on the session");
    }
    assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-02-01 04:30Z'")).isEqualTo("1");
    everyInstantIsWhereTheSplitsSay();
  }

  private static List<BackendMessage> bound(WireClient client, String statement) {
    return client.send(out -> {
      FrontendWriter.bind(out, "", statement, new int[0], List.of(), new int[0]);
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    }).readToReady();
  }

  /// A session keeps the settings that it began with, whichever connection serves it.
  @Test
  void aDefaultThatChangesLaterIsNotTheSessions() throws Exception {
    try (WireClient client = cluster.wire()) {
      String zone = client.value("SHOW TimeZone");
      cluster.executeOnEach("ALTER ROLE app SET timezone = 'Pacific/Kiritimati'");
      cluster.executeOnEach("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
      try {
        client.query("INSERT INTO instants VALUES ('2026-01-01 12:30', 1)");
        assertThat(client.value("SHOW TimeZone")).isEqualTo(zone);
        assertThat(client.value("SELECT n FROM instants WHERE k = timestamp '2026-01-01 12:30' AT TIME ZONE '" + zone + "' AND k = '2026-01-01 12:30'")).isEqualTo("1");
      } finally {
        cluster.executeOnEach("ALTER ROLE app RESET timezone");
        cluster.executeOnEach("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
      }
    }
    everyInstantIsWhereTheSplitsSay();
  }

  @Test
  void numbersAreReadAsTheServersVersionReadsThem() throws Exception {
    try (WireClient client = cluster.wire()) {
      for (String number : List.of("0x1F", "1_50", "0b11", "0o7", " -0X0f ")) {
        List<BackendMessage> meaning = client.query("SELECT '" + number + "'::bigint");
        if (meaning.stream().anyMatch(BackendMessage.ErrorResponse.class::isInstance)) {
          assertThat(client.error("INSERT INTO numbers VALUES ('" + number + "', 1)").message()).isEqualTo(WireClient.errorIn(meaning).message());
        } else {
          String read = client.value("SELECT '" + number + "'::bigint");
          client.query("INSERT INTO numbers VALUES ('" + number + "', 1), (1000" + read.replace("-", "") + ", 2)");
          assertThat(client.rows("SELECT n FROM numbers WHERE k = " + read)).as(number).containsExactly("1");
          assertThat(client.rows("SELECT k FROM numbers WHERE k IN ('" + number + "', '" + number + " ')")).as(number).containsExactly(read);
        }
      }
    }
  }

  @Test
  void explainRouteTellsWhichTextsAreAskedFor() throws Exception {
    try (WireClient client = cluster.wire()) {
      assertThat(client.rows("EXPLAIN (ROUTE) SELECT * FROM days WHERE k = '01/02/2026'"))
          .startsWith("Shards are asked first what '01/02/2026' means; where that does not help:");
      assertThat(client.rows("EXPLAIN (ROUTE) INSERT INTO days VALUES ('01/02/2026', 1), ('2026-1-2', 2), ('today', 3)"))
          .startsWith(
              "Shards are asked first what '01/02/2026', '2026-1-2' mean; where that does not help:",
              "Rows are made on shard s1 (home), then go to those of shards s1, s2, s3, s4 that own their keys");
      assertThat(client.rows("EXPLAIN (ROUTE) SELECT * FROM days WHERE k = '01/02/2026'")).anyMatch(line -> line.contains("each answers for its own rows"));
    }
  }

  @Test
  void whereARoleHasZoneAbbreviationsOfItsOwnTextsAreNotCertain() throws Exception {
    cluster.executeOn("s3", "ALTER ROLE app SET timezone_abbreviations = 'Australia'");
    try {
      assertThatThrownBy(() -> copyIn("COPY instants FROM STDIN", "2026-01-15 10:00 EST\t1\n".getBytes(StandardCharsets.UTF_8))).hasMessageContaining("depends on the session");
      cluster.execute("INSERT INTO instants VALUES ('2026-01-15 10:00 EST', 1)");
      assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-01-15 15:00Z'")).as("as the home shard reads it").isEqualTo("1");
    } finally {
      cluster.executeOn("s3", "ALTER ROLE app RESET timezone_abbreviations");
    }
    try (WireClient client = cluster.wire()) {
      client.query("SET timezone_abbreviations = 'Australia'");
      client.query("INSERT INTO instants VALUES ('2026-01-15 10:00 ACST', 7)");
    }
    assertThat(cluster.value("SELECT n FROM instants WHERE k = '2026-01-15 00:30Z'")).isEqualTo("7");
  }

  @Test
  void aKeyColumnThatWouldLoseDigitsIsRefused() {
    assertThatThrownBy(() -> cluster.execute("ALTER TABLE cents ALTER k TYPE numeric(10, 1)")).hasMessageContaining("can't be dropped, renamed, shortened");
    assertThatThrownBy(() -> cluster.execute("ALTER TABLE locals ALTER k TYPE timestamp(0)")).hasMessageContaining("can't be dropped, renamed, shortened");
    assertThatThrownBy(() -> cluster.execute("UPDATE numbers SET k = 5 WHERE k = 4")).hasMessageContaining("the shard key of");
  }

  @Test
  void theMapShowsBounds() throws Exception {
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW SHARDGATE MAP")) {
      List<String> day = new ArrayList<>();
      while (rows.next()) {
        if (rows.getString(1).equals("day")) {
          day.add(rows.getString(2) + " " + rows.getString(3));
        }
      }
      assertThat(day).containsExactly(" s1", "2026-01-01 s2", "2026-01-02 s3", "2026-02-01 s4");
    }
  }
}
