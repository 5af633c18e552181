package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// DELETE. A leading WITH wraps it.
/// Immutable.
public final class PgDelete extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_DELETE", SqlKind.DELETE);

  private final PgTableRef target;
  private final @Nullable SqlNode using;
  private final @Nullable SqlNode where;
  private final @Nullable PgReturning returning;

  public PgDelete(
      SqlParserPos pos,
      PgTableRef target,
      @Nullable SqlNode using,
      @Nullable SqlNode where,
      @Nullable PgReturning returning) {
    super(pos, OPERATOR, target, using, where, returning);
    this.target = target;
    this.using = using;
    this.where = where;
    this.returning = returning;
  }

  public PgTableRef target() {
    return target;
  }

  /// USING, as a SELECT's FROM.
  public @Nullable SqlNode using() {
    return using;
  }

  /// The condition, or [PgCurrentOf].
  public @Nullable SqlNode where() {
    return where;
  }

  public @Nullable PgReturning returning() {
    return returning;
  }
}
