package io.shardgate.conversation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A driver that asks for types by number sees one numbering, whatever the shards' own are.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UserTypesIT {
  /// In a binary array, behind the number of dimensions and a flag.
  private static final int ELEMENT_TYPE_AT = 8;

  private TwoSides sides;

  @BeforeAll
  void start() {
    sides = TwoSides.start();
  }

  @AfterAll
  void stop() {
    sides.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "prepareThreshold=1&binaryTransfer=true", "prepareThreshold=-1&binaryTransfer=true", "binaryTransfer=false",
    "preferQueryMode=simple"})
  void enums_composites_and_their_arrays_are_those_of_one_server(String options) throws SQLException {
    List<String> expected;
    try (Connection plain = sides.plainConnection(options)) {
      expected = told(plain);
    }
    try (Connection proxied = sides.cluster().connect(options)) {
      assertThat(told(proxied)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void arrays_name_the_home_shards_type_when_only_the_portal_is_described_or_nothing(boolean describesPortal) {
    try (WireClient client = sides.cluster().wire()) {
      int mood = Integer.parseInt(client.value("SELECT 'mood'::regtype::oid"));
      Set<Integer> told = new HashSet<>();
      for (int id = 11; id <= 18; id++) {
        client.query("INSERT INTO moods VALUES (" + id + ", 'ok', '{sad}')");
        byte[] sql = ("DELETE FROM moods WHERE id = " + id + " RETURNING id, feelings").getBytes(StandardCharsets.UTF_8);
        client.send(out -> {
          FrontendWriter.parse(out, "", sql, new int[0]);
          FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[] {1});
          if (describesPortal) {
            FrontendWriter.describePortal(out, "");
          }
          FrontendWriter.execute(out, "", 0);
          FrontendWriter.sync(out);
        });
        List<BackendMessage> answer = client.readToReady();
        assertThat(answer).filteredOn(BackendMessage.RowDescription.class::isInstance).hasSize(describesPortal ? 1 : 0);
        for (BackendMessage message : answer) {
          if (message instanceof BackendMessage.DataRow(List<byte @Nullable []> values)) {
            told.add(ByteBuffer.wrap(requireNonNull(values.get(1))).getInt(ELEMENT_TYPE_AT));
          }
        }
      }
      assertThat(told).containsExactly(mood);
    }
  }

  private static List<String> told(Connection connection) throws SQLException {
    List<String> told = new ArrayList<>();
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO moods VALUES (?, ?::mood, ?::mood[], ?::spot, ARRAY[?::spot, NULL])")) {
      for (int id = 1; id <= 8; id++) {
        insert.setLong(1, id);
        insert.setObject(2, "happy", java.sql.Types.OTHER);
        insert.setArray(3, connection.createArrayOf("mood", new String[] {"sad", "ok"}));
        insert.setString(4, "(here,ok)");
        insert.setString(5, "(there,sad)");
        insert.executeUpdate();
      }
    }
    try (PreparedStatement select = connection.prepareStatement("SELECT feeling, feelings, spot, spots, id FROM moods WHERE id = ?");
        PreparedStatement delete = connection.prepareStatement("DELETE FROM moods WHERE id = ? AND feeling = ?::mood")) {
      for (int round = 0; round < 2; round++) {
        for (int id = 1; id <= 8; id++) {
          select.setLong(1, id);
          try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
              told.add(row(rows));
            }
          }
        }
      }
      for (int id = 1; id <= 8; id++) {
        delete.setLong(1, id);
        delete.setObject(2, "happy", java.sql.Types.OTHER);
        told.add("deleted " + delete.executeUpdate());
      }
    }
    return told;
  }

  private static String row(ResultSet rows) throws SQLException {
    StringBuilder line = new StringBuilder();
    ResultSetMetaData columns = rows.getMetaData();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      Object value = rows.getObject(i);
      line.append(columns.getColumnName(i)).append(' ').append(columns.getColumnTypeName(i)).append(' ')
          .append(value instanceof Array array ? Arrays.toString((Object[]) array.getArray()) : String.valueOf(value))
          .append("; ");
    }
    return line.toString();
  }
}
