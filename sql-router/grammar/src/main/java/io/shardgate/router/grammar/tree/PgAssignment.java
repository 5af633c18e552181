package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// One assignment of SET: `a = x`, or `(a, b) = source` where the source is a `ROW` call or a query.
/// Immutable.
public final class PgAssignment extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_ASSIGNMENT", SqlKind.OTHER);

  private final SqlNodeList targets;
  private final boolean multiple;
  private final SqlNode source;

  public PgAssignment(SqlParserPos pos, SqlNodeList targets, boolean multiple, SqlNode source) {
    super(pos, OPERATOR, targets, source);
    this.targets = targets;
    this.multiple = multiple;
    this.source = source;
  }

  /// Column identifiers, or [PgSubscript] and [PgField] on one.
  public SqlNodeList targets() {
    return targets;
  }

  /// Whether the targets were written in parentheses.
  public boolean multiple() {
    return multiple;
  }

  /// The value; DEFAULT is a call of `SqlStdOperatorTable.DEFAULT`.
  public SqlNode source() {
    return source;
  }

  @Override
  String marks() {
    return multiple ? "multiple " : "";
  }
}
