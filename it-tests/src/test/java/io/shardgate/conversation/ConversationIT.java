package io.shardgate.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/// Every script is played against PostgreSQL and against the proxy; what comes back is the same, message by message.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConversationIT {
  static final List<String> FILES =
      List.of("simple.conv", "extended.conv", "prepared.conv", "transaction.conv", "settings.conv", "session.conv", "copy.conv", "failed.conv", "sharded.conv", "catalog.conv");

  /// Set in the run on the oldest version, which need not hear each of them in every manner.
  private static final @Nullable String OLDEST = System.getProperty("shardgate.test.postgres");

  private TwoSides sides;

  @BeforeAll
  void start() {
    sides = TwoSides.start();
  }

  @AfterAll
  void stop() {
    sides.close();
  }

  @TestFactory
  Stream<DynamicTest> answers_are_those_of_one_server() {
    return FILES.stream()
        .flatMap(file -> Script.read(file).stream().map(script -> DynamicTest.dynamicTest(file + ": " + script, () -> play(script))));
  }

  /// A refusal never takes the place of an error that PostgreSQL has.
  @TestFactory
  Stream<DynamicTest> what_postgresql_rejects_is_told_in_its_words() {
    return (OLDEST == null ? Arrays.stream(RejectedStatements.Manner.values()) : Stream.of(RejectedStatements.Manner.EXTENDED, RejectedStatements.Manner.SIMPLE_IN_A_BLOCK_ELSEWHERE))
        .map(manner -> DynamicTest.dynamicTest(manner.name(), () -> {
          Script script = RejectedStatements.read(manner);
          List<String> expected;
          try (Stage stage = sides.plainStage()) {
            expected = stage.play(script);
          }
          try (Stage stage = sides.proxyStage()) {
            assertThat(RejectedStatements.told(stage.play(script))).isEqualTo(RejectedStatements.told(expected));
          }
        }));
  }

  /// What the driver asks of the catalogs.
  @TestFactory
  Stream<DynamicTest> metadata_is_that_of_one_server() {
    Map<String, Asking> questions = new LinkedHashMap<>();
    questions.put("tables", of -> of.getTables(null, "public", null, null));
    questions.put("tables of a kind", of -> of.getTables(null, "public", "c%", new String[] {"TABLE", "VIEW", "PARTITIONED TABLE"}));
    questions.put("columns", of -> of.getColumns(null, "public", "%", "%"));
    questions.put("primary keys", of -> of.getPrimaryKeys(null, "public", "orders"));
    questions.put("indexes", of -> of.getIndexInfo(null, "public", "orders", false, false));
    questions.put("unique indexes", of -> of.getIndexInfo(null, "public", "customers", true, true));
    questions.put("imported keys", of -> of.getImportedKeys(null, "public", "child"));
    questions.put("exported keys", of -> of.getExportedKeys(null, "public", "parent"));
    questions.put("cross references", of -> of.getCrossReference(null, "public", "parent", null, "public", "child"));
    questions.put("best row", of -> of.getBestRowIdentifier(null, "public", "orders", DatabaseMetaData.bestRowSession, true));
    questions.put("table privileges", of -> of.getTablePrivileges(null, "public", "%"));
    questions.put("column privileges", of -> of.getColumnPrivileges(null, "public", "orders", "%"));
    questions.put("functions", of -> of.getFunctions(null, "public", "%"));
    questions.put("function columns", of -> of.getFunctionColumns(null, "public", "%", "%"));
    questions.put("procedures", of -> of.getProcedures(null, "public", "%"));
    questions.put("types", of -> of.getUDTs(null, "public", "%", null));
    questions.put("type names", DatabaseMetaData::getTypeInfo);
    questions.put("table kinds", DatabaseMetaData::getTableTypes);
    questions.put("schemas", of -> of.getSchemas(null, "p%"));
    questions.put("client info", DatabaseMetaData::getClientInfoProperties);
    return questions.entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
          List<String> expected = told(sides.plainConnection(""), each.getValue());
          assertThat(expected).as("rows").hasSizeGreaterThan(each.getKey().equals("procedures") ? 0 : 1);
          assertThat(told(sides.cluster().connect(), each.getValue())).isEqualTo(expected);
        }));
  }

  private interface Asking {
    ResultSet ask(DatabaseMetaData of) throws SQLException;
  }

  /// The names of the columns, then the rows; numbers of functions and the name of the database left out.
  private static List<String> told(Connection of, Asking asking) throws SQLException {
    List<String> told = new ArrayList<>();
    try (Connection connection = of;
        ResultSet rows = asking.ask(connection.getMetaData())) {
      int columns = rows.getMetaData().getColumnCount();
      told.add(IntStream.rangeClosed(1, columns).mapToObj(i -> label(rows, i)).toList().toString());
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(String.valueOf(rows.getString(i)).replace(connection.getCatalog(), "the database").replaceAll("_\\d{5,}$", "_n"));
        }
        if (!row.getFirst().equals("_cluster") && !row.getFirst().equals("_commit_log")) { // types of the tables that the proxy itself keeps on servers
          told.add(row.toString());
        }
      }
    }
    return told;
  }

  private static String label(ResultSet rows, int column) {
    try {
      return rows.getMetaData().getColumnLabel(column) + " " + rows.getMetaData().getColumnTypeName(column);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void play(Script script) throws IOException {
    List<String> expected;
    try (Stage stage = sides.plainStage()) {
      expected = stage.play(script);
    }
    List<String> actual;
    try (Stage stage = sides.proxyStage()) {
      actual = stage.play(script);
    }
    assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
  }
}
