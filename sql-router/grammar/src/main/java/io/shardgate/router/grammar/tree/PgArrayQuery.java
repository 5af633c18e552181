package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// `ARRAY(query)`.
/// Immutable.
public final class PgArrayQuery extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_ARRAY_QUERY", SqlKind.ARRAY_QUERY_CONSTRUCTOR);

  private final SqlNode query;

  public PgArrayQuery(SqlParserPos pos, SqlNode query) {
    super(pos, OPERATOR, query);
    this.query = query;
  }

  public SqlNode query() {
    return query;
  }
}
