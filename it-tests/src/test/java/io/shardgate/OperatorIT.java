package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.CommandComplete;
import io.shardgate.pgwire.message.BackendMessage.DataRow;
import io.shardgate.pgwire.message.BackendMessage.ParameterDescription;
import io.shardgate.pgwire.message.BackendMessage.RowDescription;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What EXPLAIN (ROUTE) and SHOW SHARDGATE tell; that what is told comes true.
final class OperatorIT {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster =
        TestCluster.start(
            """
            groups:
              customer: { strategy: hash, key: bigint, tables: { customers: id } }
              tenant: { strategy: hash, key: text, tables: { letters: tenant } }
            reference: [ countries ]
            """);
    cluster.execute(
        "CREATE TABLE customers (id bigint PRIMARY KEY, name text)", "CREATE TABLE letters (tenant text PRIMARY KEY)",
        "CREATE TABLE countries (code text PRIMARY KEY)", "CREATE TABLE plain (id int)", "CREATE SEQUENCE numbers",
        "INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 40) n");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static List<String> rows(List<BackendMessage> answer) {
    return answer.stream().filter(DataRow.class::isInstance).map(row -> text(((DataRow) row).values())).toList();
  }

  private static String text(List<byte @Nullable []> values) {
    return String.join("|", values.stream().map(value -> value == null ? "NULL" : new String(value, StandardCharsets.UTF_8)).toList());
  }

  private static List<String> explain(WireClient client, String sql) {
    List<BackendMessage> answer = client.query("EXPLAIN (ROUTE) " + sql);
    assertThat(answer).as(sql).contains(new CommandComplete("EXPLAIN"));
    return rows(answer);
  }

  /// The shard that has a customer.
  private static String owner(int id) {
    return cluster.shardNames().stream().filter(shard -> cluster.valueOn(shard, "SELECT count(*) FROM customers WHERE id = " + id).equals("1")).findFirst().orElseThrow();
  }

  /// A customer that is not on the home shard.
  private static int away() {
    int id = 1;
    while (owner(id).equals("s1")) {
      id++;
    }
    return id;
  }

  @Test
  void whatIsToldOfAnInsertOfManyRowsComesTrue() {
    try (WireClient client = cluster.wire()) {
      String insert = "INSERT INTO letters VALUES ('a'), ('b'), ('c'), ('d'), ('e'), ('f'), ('g')";
      List<String> told = explain(client, insert);
      client.query(insert);
      List<String> counts = cluster.shardNames().stream()
          .map(shard -> cluster.valueOn(shard, "SELECT count(*) FROM letters"))
          .toList();
      for (int i = 0; i < counts.size(); i++) {
        String shard = cluster.shardNames().get(i);
        String rows = counts.get(i).equals("1") ? "1 row" : counts.get(i) + " rows";
        if (counts.get(i).equals("0")) {
          assertThat(told).noneMatch(line -> line.contains(shard));
        } else {
          assertThat(told).contains("  " + rows + " for shard " + shard);
          assertThat(told.getFirst()).contains(shard);
        }
      }
      assertThat(told).contains("  because \"letters\" is sharded by tenant (group tenant)");
    }
  }

  @Test
  void whatIsRefusedIsToldWithItsHintAndTheShardsThatItWouldNeed() {
    try (WireClient client = cluster.wire()) {
      assertThat(explain(client, "UPDATE customers SET name = 'x'")).containsExactly(
          "Refused: the statement would change rows of \"customers\" on several shards",
          "  Add a condition that fixes the shard key, or write one key at a time.",
          "  it would need shards s1, s2, s3, s4");
      assertThat(explain(client, "SELECT max(name) FROM customers WHERE name > 'a'")).containsExactly(
          "Shards s1, s2, s3, s4: rows are gathered, shard s1 (home) answers; each shard has a snapshot of its own",
          "  \"customers\" from s1, s2, s3, s4: max(name) where name > 'a'",
          "  because \"customers\" is sharded by id (group customer), fixed to any value, which is on s1, s2, s3, s4");
      assertThat(explain(client, "SELECT currval('numbers')")).startsWith(
          "Refused: currval() and lastval() are not supported, as server connections are shared");
    }
  }

  @Test
  void aCursorAndWhatIsFetchedFromItAreWhereItsQueryRuns() {
    int id = away();
    try (WireClient client = cluster.wire()) {
      assertThat(explain(client, "FETCH c")).containsExactly("Shard s1 (home)", "  because cursor \"c\" does not exist: the home shard says so");
      client.query("BEGIN");
      String declare = "DECLARE c CURSOR FOR SELECT name FROM customers WHERE id = " + id;
      assertThat(explain(client, declare)).containsExactly(
          "Shard " + owner(id), "  because \"customers\" is sharded by id (group customer), fixed to " + id,
          "  because cursor \"c\" lives where its query runs");
      client.query(declare);
      for (String sql : List.of("FETCH ALL FROM c", "MOVE c", "CLOSE c")) {
        assertThat(explain(client, sql)).as(sql).containsExactly("Shard " + owner(id), "  because cursor \"c\" lives there");
      }
      assertThat(explain(client, "COMMIT")).containsExactly("Shards of the transaction: " + owner(id), "  because it is for all that the transaction uses");
      assertThat(client.value("FETCH c")).isEqualTo("c" + id);
      client.query("COMMIT");
      assertThat(explain(client, "FETCH c").getFirst()).isEqualTo("Shard s1 (home)");
    }
  }

  @Test
  void executeGoesWhereItsStatementGoesWithItsConstants() {
    int id = away();
    try (WireClient client = cluster.wire()) {
      client.query("PREPARE p (numeric, bigint) AS SELECT name FROM customers WHERE $1 > 0 AND id = $2");
      client.query("PREPARE q (text) AS UPDATE countries SET code = $1 WHERE code = 'x'");
      assertThat(explain(client, "EXECUTE p (1.5, " + id + ")")).containsExactly(
          "Shard " + owner(id), "  because \"customers\" is sharded by id (group customer), fixed to $2",
          "  because \"p\" is SELECT name FROM customers WHERE $1 > 0 AND id = $2");
      assertThat(explain(client, "EXECUTE p (1.5, '" + id + "'::bigint)").getFirst()).isEqualTo("Shard " + owner(id));
      assertThat(explain(client, "EXECUTE p (1.5, nextval('numbers'))").getFirst()).isEqualTo("One shard, told by parameters");
      assertThat(client.value("SELECT nextval('numbers')")).as("nothing was run").isEqualTo("1");
      assertThat(explain(client, "EXECUTE q ('y')").getFirst()).isEqualTo("Refused: EXECUTE of a statement over several shards is not supported");
      assertThat(client.error("EXPLAIN (ROUTE) EXECUTE nobody").code()).isEqualTo("26000");
      assertThat(client.error("EXPLAIN (ROUTE) EXECUTE p (1)").code()).isEqualTo("42601");
      assertThat(client.error("EXPLAIN (ROUTE) EXECUTE p (1.5, 'x')").code()).isEqualTo("22P02");
      assertThat(explain(client, "PREPARE r AS SELECT 1")).contains("Shard s1 (home)");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "SET work_mem = '5MB'; Shard s1 (home)", "SHOW work_mem; Shard s1 (home)", "LISTEN x; Shard s1 (home)", "LOAD 'x'; Refused: LOAD is not supported",
    "BEGIN; No shard: the proxy answers", "COMMIT; No shard: the proxy answers", "DEALLOCATE ALL; No shard: the proxy answers",
    "DISCARD ALL; No shard: the proxy answers", "UNLISTEN *; No shard: the proxy answers", "SHOW SHARDGATE MAP; No shard: the proxy answers",
    "TRUNCATE customers, plain; Shards s1, s2, s3, s4, in one transaction", "VACUUM plain; Shard s1 (home)",
    "CREATE TABLE IF NOT EXISTS customers (x int); Shard s1", "COPY customers FROM STDIN; Rows to those of shards s1, s2, s3, s4 that own their keys",
  })
  void everyKindOfStatementSaysWhereAndWhy(String sql, String first) {
    try (WireClient client = cluster.wire()) {
      List<String> lines = explain(client, sql);
      assertThat(lines.getFirst()).isEqualTo(first);
      assertThat(lines).hasSizeGreaterThan(1);
    }
  }

  @Test
  void theValuesOfABindDecide() throws SQLException {
    int id = away();
    String sql = "EXPLAIN (ROUTE) SELECT * FROM customers WHERE id = $1";
    try (WireClient client = cluster.wire()) {
      assertThat(rows(client.query(sql)).getFirst()).as("without values").isEqualTo("One shard, told by parameters");
      byte[] key = ByteBuffer.allocate(8).putLong(id).array();
      client.send(out -> {
        FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.describeStatement(out, "");
        FrontendWriter.bind(out, "", "", new int[] {1}, List.of(key), new int[0]);
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      });
      List<BackendMessage> answer = client.readToReady();
      assertThat(answer).filteredOn(ParameterDescription.class::isInstance).singleElement()
          .satisfies(told -> assertThat(((ParameterDescription) told).typeOids()).containsExactly(20));
      assertThat(answer).filteredOn(RowDescription.class::isInstance).hasSize(1);
      assertThat(rows(answer).getFirst()).isEqualTo("Shard " + owner(id));
    }
    try (Connection connection = cluster.connect(); PreparedStatement statement = connection.prepareStatement(sql.replace("$1", "?"))) {
      statement.setLong(1, id);
      try (ResultSet row = statement.executeQuery()) {
        assertThat(row.next()).isTrue();
        assertThat(row.getString(1)).isEqualTo("Shard " + owner(id));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "SHARDS; shard,address,database,weight,home,reachable; s1\\|127.0.0.1:\\d+\\|app_\\d+\\|1\\|t\\|t",
    "TABLES; table,kind,group,key; customers\\|sharded\\|customer\\|id",
    "STATUS; item,value; map_version\\|1",
    "MAP; group,from,shard,keys,foreign_on,strategy; customer\\|-9223372036854775808\\|s1\\|\\|\\|hash",
    "POOLS; shard,open,idle,waiting,max; s1\\|\\d+\\|\\d+\\|0\\|\\d+",
    "CLIENTS; id,role,database,application,connected,state; \\d+\\|app\\|app_\\d+\\|.*\\|20.*Z\\|active",
    "VERSION; version,map_version,directory_fault; Shardgate .*\\|1\\|",
  })
  void everyTopicIsShownInBothProtocols(String topic, String columns, String row) throws SQLException {
    try (WireClient client = cluster.wire()) {
      List<BackendMessage> answer = client.query("SHOW SHARDGATE " + topic);
      assertThat(answer).filteredOn(RowDescription.class::isInstance).singleElement()
          .satisfies(told -> assertThat(((RowDescription) told).fields().stream().map(field -> field.name())).containsExactly(columns.split(",")));
      assertThat(rows(answer)).anyMatch(line -> line.matches(row));
      assertThat(answer).contains(new CommandComplete("SHOW"));
    }
    try (Connection connection = cluster.connect(); ResultSet rows = connection.prepareStatement("show shardgate " + topic).executeQuery()) {
      assertThat(rows.getMetaData().getColumnName(1)).isEqualTo(columns.split(",")[0]);
      assertThat(rows.next()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHOW SHARDGATE", "SHOW SHARDGATE nonsense"})
  void anUnknownTopicIsToldWithTheList(String sql) throws SQLException {
    try (WireClient client = cluster.wire()) {
      ErrorFields error = client.error(sql);
      assertThat(error.code()).isEqualTo("42704");
      assertThat(error.hint()).contains("SHOW SHARDGATE STATUS|SHARDS|TABLES|MAP|POOLS|CLIENTS|PROXIES|VERSION.");
      client.send(out -> {
        FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
        FrontendWriter.describeStatement(out, "");
        FrontendWriter.sync(out);
      });
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("42704");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }
}
