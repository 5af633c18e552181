package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// UPDATE. A leading WITH wraps it.
/// Immutable.
public final class PgUpdate extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_UPDATE", SqlKind.UPDATE);

  private final PgTableRef target;
  private final SqlNodeList assignments;
  private final @Nullable SqlNode from;
  private final @Nullable SqlNode where;
  private final @Nullable PgReturning returning;

  public PgUpdate(
      SqlParserPos pos,
      PgTableRef target,
      SqlNodeList assignments,
      @Nullable SqlNode from,
      @Nullable SqlNode where,
      @Nullable PgReturning returning) {
    super(pos, OPERATOR, target, assignments, from, where, returning);
    this.target = target;
    this.assignments = assignments;
    this.from = from;
    this.where = where;
    this.returning = returning;
  }

  public PgTableRef target() {
    return target;
  }

  public SqlNodeList assignments() {
    return assignments;
  }

  /// FROM as in a SELECT: one item, or joins of several (comma joins too).
  public @Nullable SqlNode from() {
    return from;
  }

  /// The condition, or [PgCurrentOf].
  public @Nullable SqlNode where() {
    return where;
  }

  public @Nullable PgReturning returning() {
    return returning;
  }
}
