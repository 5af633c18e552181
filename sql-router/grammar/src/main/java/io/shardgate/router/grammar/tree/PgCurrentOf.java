package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// `WHERE CURRENT OF cursor`.
/// Immutable.
public final class PgCurrentOf extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_CURRENT_OF", SqlKind.OTHER);

  private final SqlIdentifier cursor;

  public PgCurrentOf(SqlParserPos pos, SqlIdentifier cursor) {
    super(pos, OPERATOR, cursor);
    this.cursor = cursor;
  }

  public SqlIdentifier cursor() {
    return cursor;
  }
}
