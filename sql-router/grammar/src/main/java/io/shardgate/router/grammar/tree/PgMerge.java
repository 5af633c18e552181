package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// MERGE. A leading WITH wraps it.
/// Immutable.
public final class PgMerge extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_MERGE", SqlKind.MERGE);

  private final PgTableRef target;
  private final SqlNode source;
  private final SqlNode condition;
  private final SqlNodeList branches;
  private final @Nullable PgReturning returning;

  public PgMerge(
      SqlParserPos pos,
      PgTableRef target,
      SqlNode source,
      SqlNode condition,
      SqlNodeList branches,
      @Nullable PgReturning returning) {
    super(pos, OPERATOR, target, source, condition, branches, returning);
    this.target = target;
    this.source = source;
    this.condition = condition;
    this.branches = branches;
    this.returning = returning;
  }

  public PgTableRef target() {
    return target;
  }

  public SqlNode source() {
    return source;
  }

  public SqlNode condition() {
    return condition;
  }

  /// [PgMergeBranch]es in order.
  public SqlNodeList branches() {
    return branches;
  }

  public @Nullable PgReturning returning() {
    return returning;
  }
}
