package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// `ARRAY[a, b]`, and a nested `[a, b]` inside one.
/// Immutable.
public final class PgArray extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_ARRAY", SqlKind.ARRAY_VALUE_CONSTRUCTOR);

  private final SqlNodeList elements;

  public PgArray(SqlParserPos pos, SqlNodeList elements) {
    super(pos, OPERATOR, elements);
    this.elements = elements;
  }

  public SqlNodeList elements() {
    return elements;
  }
}
