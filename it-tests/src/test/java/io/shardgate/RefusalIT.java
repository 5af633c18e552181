package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.relay.ProxyRefusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the proxy itself declines: each refusal is provoked, told with its hint, counted by its id, and the session goes on.
final class RefusalIT {
  private static final TestCluster CLUSTER =
      TestCluster.start(
          """
          groups:
            customer: { strategy: hash, key: bigint, tables: { customers: id } }
            firm: { strategy: directory, key: text, tables: { firms: name } }
          reference: [ countries, towns ]
          """);

  /// Statements of which the last one is refused.
  private static final Map<ProxyRefusal, List<String>> PROVOKED =
      Map.ofEntries(
          Map.entry(
              ProxyRefusal.CROSS_SHARD_ISOLATION,
              List.of("BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT 1", "TRUNCATE customers")),
          Map.entry(ProxyRefusal.GATHER_DIFFERS, List.of("SELECT c FROM customers AS c GROUP BY c")),
          Map.entry(ProxyRefusal.SEQUENCE_STATE, List.of("SELECT currval('numbers')")),
          Map.entry(ProxyRefusal.CLIENT_ENCODING, List.of("SET client_encoding = 'SJIS'")),
          Map.entry(ProxyRefusal.NULL_EQUALS, List.of("BEGIN", "SET LOCAL transform_null_equals = on", "SELECT id FROM customers WHERE id = NULL")),
          Map.entry(ProxyRefusal.LOAD_LIBRARY, List.of("LOAD 'auto_explain'")),
          Map.entry(ProxyRefusal.CLIENT_TWO_PHASE, List.of("BEGIN", "SELECT 1", "PREPARE TRANSACTION 'mine'")),
          Map.entry(
              ProxyRefusal.IMPORTED_SNAPSHOT,
              List.of("BEGIN ISOLATION LEVEL REPEATABLE READ", "SET TRANSACTION SNAPSHOT '00000003-00000001-1'")),
          Map.entry(
              ProxyRefusal.NAMED_CONSTRAINTS,
              List.of(
                  "BEGIN", "INSERT INTO countries VALUES ('aa', 'A')", "SET CONSTRAINTS countries_pkey DEFERRED")),
          Map.entry(ProxyRefusal.COMPUTED_SETTING, List.of("SELECT set_config('work' || '_mem', '5MB', false)")),
          Map.entry(ProxyRefusal.MIXED_SETTINGS, List.of("SELECT set_config('a.x', '1', true), set_config('a.y', '2', false)")),
          Map.entry(
              ProxyRefusal.EXECUTE_OVER_SHARDS,
              List.of("PREPARE every AS UPDATE countries SET name = 'x' WHERE code = 'zz'", "EXECUTE every")),
          Map.entry(
              ProxyRefusal.LITERALS_READ_ANEW,
              List.of(
                  "PREPARE dated AS SELECT name FROM customers WHERE id = 20 AND now() > '01/02/2026'",
                  "SET DateStyle = 'SQL, DMY'",
                  "EXECUTE dated")),
          Map.entry(ProxyRefusal.REFERENCE_WITHOUT_ROWS, List.of("INSERT INTO towns VALUES (now()::text)")),
          Map.entry(ProxyRefusal.KEY_TOO_LONG, List.of("INSERT INTO firms VALUES ('" + "x".repeat(1001) + "')")),
          Map.entry(ProxyRefusal.EXPLAIN_FORMAT, List.of("EXPLAIN (FORMAT json) SELECT count(*) FROM customers")),
          Map.entry(ProxyRefusal.COPY_OPTION, List.of("COPY customers FROM STDIN (DEFAULT 'x')")),
          Map.entry(ProxyRefusal.COPY_ENCODING, List.of("COPY customers FROM STDIN (ENCODING 'SJIS')")));

  /// Provoked by other means, below or where more of it is shown.
  private static final Map<ProxyRefusal, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry(ProxyRefusal.FUNCTION_CALL, "theFunctionCallProtocol"),
          Map.entry(ProxyRefusal.REPLICATION, "aReplicationConnection"),
          Map.entry(ProxyRefusal.REFERENCE_TABLES_DIFFER, "no statement of today's router reaches it"),
          Map.entry(ProxyRefusal.VIEW_CHANGED, "GatherViewIT"),
          Map.entry(ProxyRefusal.GATHER_TOO_LARGE, "GatherIT"),
          Map.entry(ProxyRefusal.GATHER_TOO_MANY, "GatherIT"),
          Map.entry(ProxyRefusal.REFERENCE_TRIGGER, "ReferenceWriteIT"),
          Map.entry(ProxyRefusal.RETURNING_ORDER, "ExactAnswersIT"),
          Map.entry(ProxyRefusal.INEXACT_TEXT, "ExactAnswersIT"),
          Map.entry(ProxyRefusal.COPY_BINARY_DEFAULT, "SplitIT"),
          Map.entry(ProxyRefusal.TOO_MANY_KEYS, "PlacedKeysTest"),
          Map.entry(ProxyRefusal.MAP_CHANGED, "PlacedKeysTest"),
          Map.entry(ProxyRefusal.DIRECTORY_UNREACHABLE, "PlacedKeysTest"));

  @BeforeAll
  static void tables() {
    CLUSTER.execute(
        "CREATE TABLE customers (id bigint PRIMARY KEY, name text)",
        "CREATE TABLE countries (code text PRIMARY KEY, name text)",
        "CREATE TABLE firms (name text PRIMARY KEY)",
        "CREATE TABLE towns (name text PRIMARY KEY)",
        "ALTER TABLE towns ENABLE ROW LEVEL SECURITY",
        "CREATE SEQUENCE numbers");
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private static double counted(ProxyRefusal refusal) {
    return CLUSTER.metrics().sum("shardgate_refusals_total", "id=\"" + refusal.id() + "\"");
  }

  private static void assertRefused(ProxyRefusal refusal, ErrorFields error) {
    assertThat(error.code()).isEqualTo(refusal.sqlState());
    assertThat(error.hint()).as(error.message()).contains(refusal.hint());
    assertThat(error.message()).startsWith(refusal.message().split("%s", -1)[0]);
  }

  @ParameterizedTest
  @EnumSource
  void everyRefusalIsToldWithItsHintAndCountedByItsId(ProxyRefusal refusal) {
    List<String> statements = PROVOKED.get(refusal);
    if (statements == null) {
      assertThat(ELSEWHERE).containsKey(refusal);
      return;
    }
    double before = counted(refusal);
    try (WireClient client = CLUSTER.wire()) {
      for (String sql : statements.subList(0, statements.size() - 1)) {
        client.query(sql);
      }
      assertRefused(refusal, client.error(statements.getLast()));
      client.query("ROLLBACK");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
    assertThat(counted(refusal) - before).isEqualTo(1);
  }

  @Test
  void whatIsRefusedForItsIsolationTellsNoRowsBefore() {
    CLUSTER.execute(
        "INSERT INTO customers SELECT g, 'x' FROM generate_series(1, 100) g", "INSERT INTO countries VALUES ('xx', 'X')");
    try (WireClient client = CLUSTER.wire()) {
      for (String sql : List.of("COPY customers TO STDOUT", "UPDATE countries SET name = 'Y' WHERE code = 'xx' RETURNING *")) {
        for (String begin : List.of("BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1")) {
          client.query(begin);
          List<BackendMessage> told = client.query(sql);
          assertThat(told).as(sql).hasSize(2);
          assertThat(WireClient.errorIn(told).message()).contains("cannot use more than one shard");
          client.query("ROLLBACK");
        }
      }
    }
    CLUSTER.execute("DELETE FROM countries WHERE code = 'xx'", "TRUNCATE customers");
  }

  @Test
  void theFunctionCallProtocol() {
    double before = counted(ProxyRefusal.FUNCTION_CALL);
    try (WireClient client = CLUSTER.wire()) {
      client.sendBytes(new byte[] {'F', 0, 0, 0, 14, 0, 0, 4, (byte) 0xd2, 0, 0, 0, 0, 0, 0});
      assertRefused(ProxyRefusal.FUNCTION_CALL, WireClient.errorIn(client.readToReady()));
      client.query("BEGIN");
      client.send(out -> FrontendWriter.parse(out, "", "SELECT 1/0".getBytes(StandardCharsets.US_ASCII), new int[0]));
      assertThat(client.query("ROLLBACK")).isNotEmpty();
    }
    assertThat(counted(ProxyRefusal.FUNCTION_CALL) - before).isEqualTo(1);
  }

  @Test
  void aReplicationConnection() {
    try (WireClient client = CLUSTER.tcp()) {
      ErrorFields error =
          client.startup(Map.of("user", "app", "database", CLUSTER.database(), "replication", "true"), "app").orElseThrow();
      assertRefused(ProxyRefusal.REPLICATION, error);
      assertThat(error.severity()).isEqualTo("FATAL");
    }
  }
}
