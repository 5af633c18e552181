package io.shardgate.router.analyze;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// What matters about the functions of `pg_catalog` and of well-known extensions, by name.
///
/// The volatile ones and the aggregates are those that `pg_proc` of PostgreSQL 15 and 18 says are.
final class BuiltinFunctions {
  private static final Set<String> VOLATILE = read("volatile-functions.txt");

  /// With the window functions, and with those that SQL spells by keywords of its own.
  private static final Set<String> AGGREGATES = read("aggregate-functions.txt");

  /// Volatile, but they only read, and mean the same on each shard or are asked of one shard anyway.
  private static final Set<String> HARMLESS =
      Set.of(
          "random", "random_normal", "clock_timestamp", "timeofday", "gen_random_uuid", "uuidv4", "uuidv7", "pg_sleep",
          "pg_sleep_for", "pg_sleep_until", "pg_relation_size", "pg_table_size", "pg_total_relation_size", "pg_indexes_size",
          "pg_database_size", "pg_tablespace_size", "pg_is_in_recovery", "pg_collation_actual_version",
          "pg_database_collation_actual_version", "current_query", "pg_partition_tree", "pg_partition_ancestors",
          "pg_blocking_pids", "pg_lock_status", "pg_prepared_xact", "pg_jit_available", "array_sample", "array_shuffle",
          "pg_sequence_last_value", "pg_get_sequence_data");

  /// They run SQL that is given as text, or name their table in text.
  private static final Set<String> RUN_TEXT =
      Set.of(
          "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml", "table_to_xmlschema",
          "table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema",
          "database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema", "cursor_to_xml", "cursor_to_xmlschema",
          "ts_stat", "dblink", "dblink_exec", "dblink_open", "dblink_send_query", "crosstab", "crosstab2", "crosstab3",
          "crosstab4", "connectby", "xpath_table");

  /// Their value depends on the transaction, the time or the server, so two shards would not agree.
  private static final Set<String> PER_TRANSACTION =
      Set.of(
          "now", "transaction_timestamp", "statement_timestamp", "current_timestamp", "current_date", "current_time",
          "localtime", "localtimestamp", "txid_current", "txid_current_if_assigned", "txid_current_snapshot",
          "pg_current_xact_id", "pg_current_xact_id_if_assigned", "pg_current_snapshot", "pg_backend_pid",
          "inet_server_addr", "inet_server_port", "inet_client_addr", "inet_client_port", "pg_postmaster_start_time",
          "pg_conf_load_time", "pg_my_temp_schema", "age", "pg_listening_channels");

  /// Aggregates of any type: `t.count` is one of the rows of t where t has no such column.
  private static final Set<String> OF_ROWS =
      Set.of("count", "array_agg", "json_agg", "json_agg_strict", "jsonb_agg", "jsonb_agg_strict", "max", "min", "any_value");

  private BuiltinFunctions() {}

  private static Set<String> read(String file) {
    try (InputStream in = BuiltinFunctions.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": missing (expected: beside BuiltinFunctions)");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return Set.copyOf(text.lines().filter(line -> !line.isBlank()).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean isAggregateOfRows(String name) {
    return OF_ROWS.contains(name);
  }

  /// Whether it is one of PostgreSQL's own functions of several rows: an aggregate, or a window function.
  static boolean isAggregate(String name) {
    return AGGREGATES.contains(name);
  }

  static boolean isVolatile(String name) {
    return VOLATILE.contains(name);
  }

  /// Volatile, and may write or leave something behind.
  static boolean mayWrite(String name) {
    return VOLATILE.contains(name) && !HARMLESS.contains(name);
  }

  static boolean runsText(String name) {
    return RUN_TEXT.contains(name);
  }

  /// Means something of the home shard: sequences, advisory locks, large objects, replication, other backends.
  static boolean belongsHome(String name) {
    return (mayWrite(name) && !name.equals("set_config") && !name.equals("setseed")) || name.startsWith("dblink");
  }

  /// Whether the same call could give two shards two values.
  static boolean differsBetweenShards(String name) {
    return VOLATILE.contains(name) || PER_TRANSACTION.contains(name);
  }

  /// The word of a differing function that is called without parentheses, as in CURRENT_DATE.
  static boolean isKeywordCall(String name) {
    return (name.startsWith("current_") && PER_TRANSACTION.contains(name)) || name.equals("localtime") || name.equals("localtimestamp");
  }
}
