package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// `left op ANY (right)`, `left op ALL (right)`; SOME is ANY. `right` is a query or an array expression.
/// Immutable.
public final class PgQuantified extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_QUANTIFIED", SqlKind.OTHER);

  private final SqlNode left;
  private final SqlOperator comparison;
  private final boolean all;
  private final SqlNode right;

  public PgQuantified(SqlParserPos pos, SqlNode left, SqlOperator comparison, boolean all, SqlNode right) {
    super(pos, OPERATOR, left, right);
    this.left = left;
    this.comparison = comparison;
    this.all = all;
    this.right = right;
  }

  public SqlNode left() {
    return left;
  }

  /// The operator between the two: `SqlStdOperatorTable.EQUALS` for `=`.
  public SqlOperator comparison() {
    return comparison;
  }

  public boolean all() {
    return all;
  }

  public SqlNode right() {
    return right;
  }

  /// Whether `right` is a query, not an array.
  public boolean isQuery() {
    return PgTrees.isQuery(right);
  }

  @Override
  String marks() {
    return comparison.getName() + " " + (all ? "all " : "");
  }
}
