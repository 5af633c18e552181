package io.shardgate.proxy.relay;

import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.router.DocumentedRefusal;

/// What the proxy declines by itself: not for the statement's shape, which the router judges, but for the moment it comes in, the session it
/// comes from, or what is met while it is carried out.
///
/// Each constant has a line in `docs/limits.md`, and is provoked by a test. `%s` in a message stands for what the statement names.
public enum ProxyRefusal implements DocumentedRefusal {
  CROSS_SHARD_ISOLATION(
      "0A000",
      "a %s transaction cannot use more than one shard",
      "Use READ COMMITTED, or, if a snapshot for each shard will do, SET shardgate.snapshot = 'per-shard' and read in a transaction that is REPEATABLE READ and READ ONLY."),
  SEQUENCE_STATE(
      "0A000",
      "currval() and lastval() are not supported, as server connections are shared",
      "Use INSERT … RETURNING, or keep what nextval() returned."),
  CLIENT_ENCODING(
      "0A000",
      "client_encoding \"%s\" is not supported",
      "Use UTF8, or another encoding in which every ASCII byte stands for itself."),
  LOAD_LIBRARY("0A000", "LOAD is not supported", "Preload the library on the shards (session_preload_libraries)."),
  CLIENT_TWO_PHASE("0A000", "two-phase commit by the client is not supported", "Use COMMIT: it is atomic over all shards."),
  IMPORTED_SNAPSHOT("0A000", "SET TRANSACTION SNAPSHOT is not supported", "A snapshot belongs to one shard only."),
  NAMED_CONSTRAINTS(
      "0A000", "SET CONSTRAINTS with names cannot be used over several shards", "Use SET CONSTRAINTS ALL."),
  COMPUTED_SETTING(
      "0A000",
      "set_config() with a computed name or is_local cannot be followed",
      "Give the setting's name as a literal or a parameter, and is_local as true or false."),
  MIXED_SETTINGS(
      "0A000",
      "settings for the session and for the transaction cannot be followed in one statement",
      "Use a statement for each."),
  EXECUTE_OVER_SHARDS(
      "0A000",
      "EXECUTE of a statement over several shards is not supported",
      "Run the statement itself, or prepare it with the extended protocol."),
  LITERALS_READ_ANEW(
      "0A000",
      "prepared statement has literals that would be read under other settings than when it was prepared",
      "Prepare the statement again after a change of DateStyle, TimeZone and the like, or pass the values as parameters."),
  NULL_EQUALS(
      "0A000",
      "statements can't be routed while transform_null_equals is on",
      "SET transform_null_equals = off, and write IS NULL where it is meant."),
  FUNCTION_CALL("0A000", "the function call protocol is not supported", "Use SELECT function(…)."),
  REPLICATION("0A000", "replication connections are not supported by the proxy", "Connect to the shards themselves."),
  REFERENCE_TABLES_DIFFER(
      "0A000",
      "a statement that writes several reference tables cannot use values that differ from shard to shard",
      "Write one table at a time, or constants instead of now(), random() and the like."),
  REFERENCE_WITHOUT_ROWS(
      "0A000",
      "reference table \"%s\" cannot be written with values that differ from shard to shard: %s",
      "Write constants instead of now(), random() and the like, or add a primary key."),
  REFERENCE_TRIGGER(
      "0A000",
      "a trigger on reference table \"%s\" changed rows in another way on shard \"%s\"",
      "A trigger on a reference table has to make the same row of the same row: now() and sequences differ."),
  RETURNING_ORDER(
      "0A000",
      "RETURNING of an INSERT over several shards gave %s rows for %s, in no certain order",
      "Insert the rows of one shard key with each statement, or leave out RETURNING."),
  INEXACT_TEXT(
      "0A000",
      "values of column \"%s\" can't be carried exactly from shard to shard with this extra_float_digits or DateStyle",
      "SET extra_float_digits = 1 and SET DateStyle = ISO."),
  COPY_OPTION(
      "0A000", "COPY option \"%s\" is not supported over several shards", "Leave it out, and give every row its values."),
  COPY_ENCODING(
      "0A000", "COPY encoding \"%s\" is not supported over several shards", "Convert the stream to UTF8, or to the client's encoding."),
  COPY_BINARY_DEFAULT(
      "0A000", "binary COPY can't make the default of column \"%s\" of type %s", "Use the text or csv format, or give the column's values."),
  TOO_MANY_KEYS(
      "53400", "group \"%s\" has as many shard keys as the directory may hold: %s", "Shard the group's tables by hash or by range."),
  KEY_TOO_LONG(
      "54000", "a new shard key of group \"%s\" is longer than the directory takes: %s bytes", "Use a shorter key, or shard by hash."),
  GATHER_DIFFERS(
      "0A000",
      "the query can't be answered from rows of several shards: %s",
      "Add a condition that fixes the shard key, or write the query in another way."),
  VIEW_CHANGED("40001", "a view was changed while the statement was under way", "Run the statement again."),
  EXPLAIN_FORMAT("0A000", "EXPLAIN in format %s is not supported over several shards", "Use the text format."),
  GATHER_TOO_LARGE(
      "53400",
      "the query needs more rows of several shards than the proxy holds: %s bytes, most of them of \"%s\"",
      "Add conditions on this table, name fewer of its columns, fix its shard key, or raise limits.gather."),
  GATHER_TOO_MANY(
      "53400",
      "queries that run now hold as many rows of several shards as the proxy may: %s bytes",
      "Run the query again later, or raise limits.gather_total."),
  MAP_CHANGED("40001", "the shard map changed while the statement was under way", "Run the statement again."),
  DIRECTORY_UNREACHABLE(
      "58030", "the directory could neither find nor record a shard key: %s", "Run the statement again; the proxy's log says more.");

  private final String sqlState;
  private final String message;
  private final String hint;

  ProxyRefusal(String sqlState, String message, String hint) {
    this.sqlState = sqlState;
    this.message = message;
    this.hint = hint;
  }

  @Override
  public String sqlState() {
    return sqlState;
  }

  @Override
  public String message() {
    return message;
  }

  @Override
  public String hint() {
    return hint;
  }

  /// What the client is to see.
  public ErrorFields fields(Object... names) {
    return ErrorFields.error(io.shardgate.pgwire.SqlState.FEATURE_NOT_SUPPORTED, message.formatted(names))
        .with(ErrorFields.CODE, sqlState)
        .withHint(hint);
  }

  /// The error, which is counted by its id when it is told.
  public ServerErrorException error(Object... names) {
    return new ServerErrorException(fields(names), this);
  }
}
