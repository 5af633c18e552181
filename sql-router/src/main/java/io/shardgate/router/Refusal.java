package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.router.plan.Plan;
import java.util.Locale;

/// Every shape of statement that is declined, because its answer would not be one PostgreSQL's.
///
/// Each constant has a golden case and a line in `docs/limits.md`. `%s` in a message stands for names of the statement.
public enum Refusal implements DocumentedRefusal {
  MULTI_SHARD_QUERY(
      "0A000",
      "the query needs rows of \"%s\" from several shards",
      "Add a condition that fixes the shard key, such as customer_id = 1, for each sharded table."),
  MULTI_SHARD_WRITE(
      "0A000",
      "the statement would change rows of \"%s\" on several shards",
      "Add a condition that fixes the shard key, or write one key at a time."),
  SHARDS_DIFFER(
      "0A000",
      "the sharded tables of the statement are on different shards: \"%s\"",
      "Use one shard key for all of them, or ask one statement for each key."),
  HOME_WITH_SHARDED(
      "0A000",
      "the statement uses \"%s\", which is on the home shard only, together with \"%s\", which is not",
      "Declare the first as a reference table, or ask two statements."),
  KEY_UPDATE(
      "0A000",
      "the shard key of \"%s\" can't be changed",
      "Delete the row and insert it with the new key."),
  KEY_EXPRESSION(
      "0A000",
      "the shard key of \"%s\" has to be a constant or a parameter in INSERT",
      "Compute the key first and give its value."),
  KEY_SPELLING(
      "0A000",
      "what the shard key of \"%s\" means depends on the session or the server's version",
      "Write dates and times as in 2026-01-31 and 2026-01-31 10:00:00 (timestamptz with a zone: 10:00:00+00), numbers in decimal digits."),
  PLACE_UNTOLD(
      "0A000",
      "the shard key of \"%s\" is new, and its row tells no value of column \"%s\", by which new keys are placed",
      "Begin with a row that has a constant, a parameter or a constant default in this column, of type text or varchar and not NULL."),
  PLACE_LABEL(
      "0A000",
      "no shard has the label \"%s\" with value '%s', by which the new shard key of \"%s\" would be placed",
      "Give a shard this label in the topology, or write another value."),
  NULL_KEY("23502", "null value in column \"%s\" of relation \"%s\" violates not-null constraint", "Give the row a shard key."),
  MISSING_KEY(
      "23502",
      "INSERT gives no value for column \"%s\" of relation \"%s\", its shard key",
      "Name the column and give its value, or give the column a default."),
  KEY_COLUMN(
      "0A000",
      "\"%s\" can't be a shard key: the column is missing, generated, or of a type or collation that shard keys can't have",
      "Use a column of the group's key type: smallint, integer or bigint, text or varchar with a deterministic collation, uuid, date, "
          + "timestamp, timestamptz or numeric."),
  COLUMN_DRIFT(
      "0A000",
      "columns differ from the home shard's, beginning with \"%s\"",
      "Give the table the same columns, of the same types and in the same order, on every shard. The proxy looks again every few seconds."),
  NOT_A_TABLE(
      "0A000",
      "\"%s\" is declared in the topology but is not a table",
      "Only tables can be sharded or reference tables. Change the topology."),
  INSERT_SELECT_SHARDED(
      "0A000",
      "INSERT into \"%s\" takes rows of a sharded table without proving that they stay on its shard",
      "Select the shard key of the source as the shard key of the target, and fix it with a condition."),
  INSERT_SELECT_DOMAIN(
      "0A000",
      "INSERT … SELECT into column \"%s\", of a domain that limits the length, would cut values over several shards",
      "Ask the query first, and insert its rows."),
  INSERT_SELECT_PART(
      "0A000",
      "INSERT … SELECT into a part of column \"%s\" can't be carried over several shards",
      "Ask the query first, and insert its rows."),
  INSERT_SUBQUERY(
      "0A000",
      "a row of INSERT into \"%s\" has a query of its own",
      "Ask the query first, or write one row with a constant shard key."),
  VIEW_WRITE(
      "0A000",
      "the view \"%s\" reads sharded or reference tables and can't be written to",
      "Write to its table."),
  MERGE_ON_REFERENCE(
      "0A000",
      "MERGE can't write to the reference table \"%s\"",
      "Use INSERT … ON CONFLICT, UPDATE or DELETE."),
  VIEW_UNREAD(
      "0A000",
      "the definition of view \"%s\" is not read to its end, and it uses sharded or reference tables",
      "Use the view's query in the statement itself."),
  MATERIALIZED_VIEW(
      "0A000",
      "the materialized view \"%s\" reads sharded or reference tables, of which it would hold one shard's rows",
      "Use a view, or a table that the application fills."),
  SHARDED_CHILD(
      "0A000",
      "the table \"%s\" has a sharded or reference table among its children or partitions",
      "Declare the parent in the topology instead of the child."),
  POLICY(
      "0A000",
      "a row security policy of \"%s\" reads sharded or reference tables",
      "Write the policy with columns of its own table only."),
  TRIGGER(
      "0A000",
      "the function of trigger \"%s\" may read or write sharded or reference tables",
      "If it uses rows of the calling row's shard only, declare it in the topology: functions: { name: local }."),
  RULE(
      "0A000",
      "a rule on \"%s\" reads or writes sharded or reference tables",
      "Drop the rule, and do its work in the application."),
  HOME_IN_CODE(
      "0A000",
      "a table that is on the home shard only is used by the trigger or rule \"%s\"",
      "Declare that table as a reference table or as a sharded one, or do this work in the application."),
  UNPLAIN_DEFAULT(
      "0A000",
      "the default of \"%s\" calls a function that may read sharded or reference tables",
      "If it uses rows of the calling row's shard only, declare it in the topology: functions: { name: local }."),
  FUNCTION(
      "0A000",
      "function \"%s\" may read or write sharded or reference tables, or runs dynamic SQL",
      "If it uses rows of the calling row's shard only, declare it in the topology: functions: { name: local }."),
  HIDDEN_CODE(
      "0A000",
      "\"%s\" runs a function that may read or write sharded or reference tables, or runs dynamic SQL",
      "If the function uses rows of the calling row's shard only, declare it in the topology: functions: { name: local }."),
  KEY_TRIGGER(
      "0A000",
      "the trigger \"%s\" may change the shard key of a row that has found its shard",
      "Compute the key before the INSERT. If the function leaves the key as it is, declare it in the topology: functions: { name: local }."),
  STATEMENT_TRIGGER(
      "0A000",
      "the trigger \"%s\" fires once for a statement, and the statement runs on several shards",
      "Write the rows of one shard key with each statement, or make it a trigger FOR EACH ROW without transition tables."),
  CODE_BLOCK(
      "0A000",
      "the DO block may read or write sharded or reference tables, or runs dynamic SQL",
      "Send its statements one by one."),
  HOME_FUNCTION(
      "0A000",
      "function \"%s\" belongs to the home shard and can't be called together with \"%s\"",
      "Call it in a statement of its own, which names no table."),
  UNFILLED_CALL(
      "0A000",
      "%s() can't be answered in this place",
      "Ask it alone, as in SELECT pg_backend_pid(), SELECT pg_cancel_backend(number) or SELECT pg_table_size('name'), and use what it gave."),
  REFERENCE_VOLATILE(
      "0A000",
      "the write to reference table \"%s\" would not come out alike on every shard, because of \"%s\"",
      "Compute the value first and give it as a constant or parameter."),
  REFERENCE_SOURCE(
      "0A000",
      "the write to reference table \"%s\" reads \"%s\", which is not on every shard",
      "Read the rows first, then write them."),
  CURRENT_OF(
      "0A000",
      "WHERE CURRENT OF can't be used with \"%s\"",
      "Use the shard key and the primary key in the condition."),
  UNREAD(
      "0A000",
      "this statement is not read to its end and may use sharded or reference tables, near %s",
      "Write it in another way, or without the sharded or reference tables."),
  TOO_COMPLEX("54001", "the statement uses more than %s tables", "Use fewer views, common table expressions and tables."),
  TOO_DEEP("54001", "the statement is nested too deeply", "Take it apart."),
  UTILITY(
      "0A000",
      "%s can't be used with sharded or reference tables",
      "Leave these tables out of the statement."),
  CREATE_TABLE_AS(
      "0A000",
      "a table can't be created from a query when it, or the query, is sharded: \"%s\"",
      "Create the table first, then INSERT … SELECT by shard key."),
  UNIQUE_WITHOUT_KEY(
      "0A000",
      "the unique constraint of \"%s\" over (%s) leaves out the shard key, so that no shard can check it",
      "Add the shard key to it, or let the application vouch for it in the topology: unique: { table: [columns] }."),
  EXCLUDE_CONSTRAINT(
      "0A000",
      "an exclusion constraint on \"%s\" can't be checked by one shard",
      "Leave it out."),
  FOREIGN_KEY(
      "0A000",
      "the foreign key from \"%s\" to \"%s\" can't be checked by one shard",
      "Refer to a reference table, or to a table of the same group with the shard key among the columns on both sides."),
  ALTER_KEY(
      "0A000",
      "the shard key \"%s\" can't be dropped, renamed, shortened or given another kind of type",
      "Change the topology and make a new table."),
  RENAME_DECLARED(
      "0A000",
      "\"%s\" is, or would become, a table of the topology by its name",
      "Change the topology with the name, and make a new table."),
  ADD_GENERATED_COLUMN(
      "0A000",
      "adding \"%s\" would fill existing rows with values that differ from shard to shard or repeat on several",
      "Add the column without default, fill it by shard key, then set the default."),
  DETACH(
      "0A000",
      "\"%s\" can't leave its parent: it would become a table of the home shard, and its rows on the others would be lost",
      "Declare it in the topology first, or delete its rows and drop it."),
  ATTACH(
      "0A000",
      "\"%s\" and \"%s\" are not sharded alike, so one can't be a part of the other",
      "Create the part with CREATE TABLE … PARTITION OF or INHERITS."),
  SCHEMA_ELEMENTS(
      "0A000",
      "CREATE SCHEMA with the statements of its objects is not taken apart",
      "Create the schema first, then its objects."),
  VIEW_MIXTURE(
      "0A000",
      "the view \"%s\" uses \"%s\", which is on the home shard only, and sharded tables",
      "Declare the first as a reference table."),
  DATABASE(
      "0A000",
      "%s has to be done on each shard by its administrator",
      "Connect to the shards themselves."),
  TEMPORARY_FROM_SHARDED(
      "0A000",
      "a temporary table can't be made from sharded table \"%s\"",
      "Create the temporary table first, then insert the rows that a query gave."),
  COPY_FILE(
      "0A000",
      "COPY of \"%s\" can't use files or programs of a server",
      "Use COPY … FROM STDIN or TO STDOUT; psql has \\copy."),
  COPY_WHERE(
      "0A000",
      "COPY … FROM with WHERE can't fill \"%s\"",
      "Leave the rows out of the stream."),
  COPY_ROW_SECURITY(
      "0A000",
      "COPY FROM is not possible for \"%s\" with row-level security",
      "Use INSERT."),
  FOREIGN_ROWS(
      "55006",
      "%s is not possible while shards hold rows of group \"%s\" that are on their way to another shard, or not cleaned yet",
      "Try again when SHOW SHARDGATE MAP shows nothing foreign in this group."),
  CLOSED_NAME(
      "55006",
      "\"%s\" can't be made now: a topology that says where it is to be is being applied",
      "Try again in a moment. If it stays so, the SHARDGATE APPLY did not come to its end: run it again.");

  private final String sqlState;
  private final String message;
  private final String hint;

  Refusal(String sqlState, String message, String hint) {
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

  /// The plan that refuses, with these names in the message.
  @SuppressWarnings("AnnotateFormatMethod") // the format is the constant's own
  public Plan.Refuse of(Object... names) {
    return new Plan.Refuse(this, String.format(Locale.ROOT, message, names), null, hint);
  }

  /// Whether it is only that no single shard can answer: several may.
  boolean isOfSeveralShards() {
    return switch (this) {
      case MULTI_SHARD_QUERY, SHARDS_DIFFER, HOME_WITH_SHARDED, HOME_FUNCTION -> true;
      default -> false;
    };
  }

  /// For a new row whose key can't be read.
  /// Whether it says that a new row's key can't be read here: where a server can, it is made there.
  public boolean isOfNewKey() {
    return this == KEY_EXPRESSION || this == KEY_SPELLING;
  }

  static Refusal uncertainKey(KeyType type) {
    return switch (type) {
      case BIGINT, TEXT, UUID -> KEY_EXPRESSION;
      case DATE, TIMESTAMP, TIMESTAMPTZ, NUMERIC -> KEY_SPELLING;
    };
  }
}
