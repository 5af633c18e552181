package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// `operand COLLATE collation`.
/// Immutable.
public final class PgCollate extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_COLLATE", SqlKind.OTHER);

  private final SqlNode operand;
  private final SqlIdentifier collation;

  public PgCollate(SqlParserPos pos, SqlNode operand, SqlIdentifier collation) {
    super(pos, OPERATOR, operand, collation);
    this.operand = operand;
    this.collation = collation;
  }

  public SqlNode operand() {
    return operand;
  }

  public SqlIdentifier collation() {
    return collation;
  }
}
