package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.Group;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/// Keys of limited length that PostgreSQL cuts when they are stored: `varchar(n)` loses blanks behind its n-th character.
final class CutKeyIT {
  private static final String TOPOLOGY =
      """
      groups:
        code: { strategy: hash, key: text, tables: { codes: code, made: code } }
      """;
  private static final String BLANKS = "   ";

  /// As they are stored: characters of one to four bytes, and blanks that belong to the value.
  private static final List<String> KEYS =
      List.of("abcdefghij", "bcdefghijk", "äöüäöüäöüä", "€uro€uro€u", "😀😀😀😀😀😀😀😀😀😀", "x         ", "          ", "cdefghijkl", "it's a \\ !");

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.execute(
        "CREATE TABLE codes (code varchar(10) PRIMARY KEY, n int)",
        "CREATE TABLE made (code varchar(10) PRIMARY KEY DEFAULT 'abcdefghij   ', n int)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    cluster.execute("TRUNCATE codes, made");
  }

  @Test
  void oneRow() throws Exception {
    try (Connection connection = cluster.connect("preferQueryMode=simple"); Statement statement = connection.createStatement()) {
      for (String key : KEYS) {
        statement.executeUpdate("INSERT INTO codes VALUES (" + uncut(key) + ", 1)");
      }
    }
    everyRowIsWhereItIsLookedFor();
  }

  @Test
  void manyRows() throws Exception {
    String rows = KEYS.stream().map(key -> "(" + uncut(key) + ", 1)").collect(Collectors.joining(", "));
    cluster.execute("INSERT INTO codes VALUES " + rows);
    everyRowIsWhereItIsLookedFor();
    cluster.execute("INSERT INTO codes VALUES " + rows + " ON CONFLICT (code) DO UPDATE SET n = codes.n + 1");
    everyRowIsWhereItIsLookedFor();
    assertThat(cluster.value("SELECT n FROM codes WHERE code = 'abcdefghij'")).isEqualTo("2");
  }

  @Test
  void parameters() throws Exception {
    try (Connection connection = cluster.connect("prepareThreshold=1")) {
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO codes VALUES (?, 1)")) {
        for (String key : KEYS.subList(0, 5)) {
          insert.setString(1, key + BLANKS);
          insert.executeUpdate();
        }
      }
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO codes VALUES (?, 1), (?, 1), (?, 1), (?, 1)")) {
        for (int i = 1; i <= 4; i++) {
          insert.setString(i, KEYS.get(i + 4) + BLANKS);
        }
        insert.executeUpdate();
      }
    }
    everyRowIsWhereItIsLookedFor();
  }

  @Test
  void preparedInSql() throws Exception {
    try (Connection connection = cluster.connect("preferQueryMode=simple"); Statement statement = connection.createStatement()) {
      statement.execute("PREPARE p(varchar) AS INSERT INTO codes VALUES ($1, 1)");
      for (String key : KEYS) {
        statement.execute("EXECUTE p(" + uncut(key) + ")");
      }
    }
    everyRowIsWhereItIsLookedFor();
  }

  @Test
  void aQuerysRows() throws Exception {
    String query = "SELECT k, 1 FROM unnest(ARRAY[" + KEYS.stream().map(CutKeyIT::uncut).collect(Collectors.joining(", ")) + "]) k";
    cluster.execute("INSERT INTO codes " + query);
    everyRowIsWhereItIsLookedFor();
    empty();
    cluster.execute("INSERT INTO codes " + query + " RETURNING code");
    everyRowIsWhereItIsLookedFor();
    empty();
    for (String key : KEYS) {
      cluster.execute("INSERT INTO codes SELECT " + uncut(key) + ", 1");
    }
    everyRowIsWhereItIsLookedFor();
  }

  @Test
  void copiedRows() throws Exception {
    copy("COPY codes FROM STDIN", KEYS.stream().map(key -> key.replace("\\", "\\\\") + BLANKS + "\t1\n").collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8));
    everyRowIsWhereItIsLookedFor();
    empty();
    copy("COPY codes FROM STDIN (FORMAT csv)", KEYS.stream().map(key -> key + BLANKS + ",1\n").collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8));
    everyRowIsWhereItIsLookedFor();
    empty();
    copy("COPY codes FROM STDIN (FORMAT binary)", binary());
    everyRowIsWhereItIsLookedFor();
  }

  @Test
  void textInBinaryIsInTheClientsEncoding() throws Exception {
    byte[] value = "äöüäöüäöüä   ".getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = binaryHeader(bytes);
    binaryRow(out, value);
    out.writeShort(-1);
    try (WireClient client = cluster.wire()) {
      client.query("SET client_encoding = 'LATIN1'");
      client.sendQuery("COPY codes FROM STDIN (FORMAT binary)").read(BackendMessage.CopyInResponse.class);
      client.send(copy -> {
        FrontendWriter.copyData(copy, bytes.toByteArray());
        FrontendWriter.copyDone(copy);
      }).readToReady();
    }
    assertThat(cluster.value("SELECT n FROM codes WHERE code = 'äöüäöüäöüä'")).isEqualTo("1");
  }

  @Test
  void aDefault() throws Exception {
    cluster.execute("INSERT INTO made (n) VALUES (1)");
    assertThat(cluster.value("SELECT n FROM made WHERE code = 'abcdefghij'")).isEqualTo("1");
  }

  @Test
  void anUpdateMaySayTheKeyWithItsBlanks() throws Exception {
    cluster.execute("INSERT INTO codes VALUES ('abcdefghij', 1)");
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate("UPDATE codes SET code = 'abcdefghij   ', n = 2 WHERE code = 'abcdefghij'")).isEqualTo(1);
      assertThat(statement.executeUpdate("UPDATE codes SET code = 'abcdefghij   ', n = 3 WHERE code = 'abcdefghij   '")).isZero();
    }
  }

  @Test
  void onlyBlanksAreCut() {
    for (String insert :
        List.of("VALUES ('abcdefghij  x', 1)", "VALUES ('a', 1), ('b', 1), ('abcdefghijk', 1)", "SELECT 'abcdefghij' || k, 1 FROM unnest(ARRAY['k', 'l']) k")) {
      assertThatThrownBy(
              () -> {
                try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
                  statement.executeUpdate("INSERT INTO codes " + insert);
                }
              })
          .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22001"));
    }
    assertThatThrownBy(() -> copy("COPY codes FROM STDIN", "abcdefghij\t1\nabcdefghijk\t1\n".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22001"))
        .hasMessageContaining("COPY codes, line 2, column code");
  }

  @Test
  void comparisonsCutNothing() {
    cluster.execute("INSERT INTO codes VALUES ('abcdefghij   ', 1)");
    assertThat(cluster.value("SELECT count(*) FROM codes WHERE code = 'abcdefghij   '")).isEqualTo("0");
    assertThat(cluster.value("SELECT count(*) FROM codes WHERE code = 'abcdefghij'")).isEqualTo("1");
  }

  private static String uncut(String key) {
    return "'" + key.replace("'", "''") + BLANKS + "'";
  }

  private static byte[] binary() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = binaryHeader(bytes);
    for (String key : KEYS) {
      binaryRow(out, (key + BLANKS).getBytes(StandardCharsets.UTF_8));
    }
    out.writeShort(-1);
    return bytes.toByteArray();
  }

  private static DataOutputStream binaryHeader(ByteArrayOutputStream bytes) throws IOException {
    DataOutputStream out = new DataOutputStream(bytes);
    out.write("PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1));
    out.writeInt(0);
    out.writeInt(0);
    return out;
  }

  private static void binaryRow(DataOutputStream out, byte[] code) throws IOException {
    out.writeShort(2);
    out.writeInt(code.length);
    out.write(code);
    out.writeInt(4);
    out.writeInt(1);
  }

  private static void copy(String sql, byte[] stream) throws SQLException, IOException {
    try (Connection connection = cluster.connect()) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql, new ByteArrayInputStream(stream));
    }
  }

  private static void everyRowIsWhereItIsLookedFor() throws SQLException {
    ShardMap map = cluster.map();
    Group group = map.groups().get("code");
    List<String> stored = new ArrayList<>();
    for (String shard : cluster.shardNames()) {
      try (Connection connection = cluster.connectToShard(shard);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT code, hashtextextended(code, 0) FROM codes")) {
        while (rows.next()) {
          stored.add(rows.getString(1));
          assertThat(((HashRing) map.keySpace(group)).ownerAt(rows.getLong(2)).value()).as(rows.getString(1)).isEqualTo(shard);
        }
      }
    }
    assertThat(stored).containsExactlyInAnyOrderElementsOf(KEYS);
    try (Connection connection = cluster.connect(); PreparedStatement select = connection.prepareStatement("SELECT code FROM codes WHERE code = ?")) {
      for (String key : KEYS) {
        select.setString(1, key);
        try (ResultSet rows = select.executeQuery()) {
          assertThat(rows.next()).as(key).isTrue();
          assertThat(rows.getString(1)).isEqualTo(key);
        }
      }
    }
  }
}
