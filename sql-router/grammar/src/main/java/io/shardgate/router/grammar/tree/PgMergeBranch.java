package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// `WHEN [NOT] MATCHED [BY SOURCE | BY TARGET] [AND condition] THEN action`.
/// Immutable.
public final class PgMergeBranch extends PgNode {
  /// Which rows the branch is for.
  public enum Match { MATCHED, NOT_MATCHED_BY_TARGET, NOT_MATCHED_BY_SOURCE }

  /// What is done with them.
  public enum Action { INSERT, UPDATE, DELETE, DO_NOTHING }

  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_MERGE_BRANCH", SqlKind.OTHER);

  private final Match match;
  private final @Nullable SqlNode condition;
  private final Action action;
  private final SqlNodeList assignments;
  private final @Nullable SqlNodeList columns;
  private final PgInsert.Overriding overriding;
  private final @Nullable SqlNode values;

  public PgMergeBranch(
      SqlParserPos pos,
      Match match,
      @Nullable SqlNode condition,
      Action action,
      SqlNodeList assignments,
      @Nullable SqlNodeList columns,
      PgInsert.Overriding overriding,
      @Nullable SqlNode values) {
    super(pos, OPERATOR, condition, assignments, columns, values);
    this.match = match;
    this.condition = condition;
    this.action = action;
    this.assignments = assignments;
    this.columns = columns;
    this.overriding = overriding;
    this.values = values;
  }

  public Match match() {
    return match;
  }

  public @Nullable SqlNode condition() {
    return condition;
  }

  public Action action() {
    return action;
  }

  public SqlNodeList assignments() {
    return assignments;
  }

  public @Nullable SqlNodeList columns() {
    return columns;
  }

  public PgInsert.Overriding overriding() {
    return overriding;
  }

  /// INSERT's one `ROW` call; null for DEFAULT VALUES and for other actions.
  public @Nullable SqlNode values() {
    return values;
  }

  @Override
  String marks() {
    return match + " " + action + " " + overriding + " ";
  }
}
