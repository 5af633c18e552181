package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// `TABLESAMPLE method (arguments) [REPEATABLE (seed)]`.
/// Immutable.
public final class PgTableSample extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_SAMPLE", SqlKind.OTHER);

  private final SqlIdentifier method;
  private final SqlNodeList arguments;
  private final @Nullable SqlNode repeatable;

  public PgTableSample(SqlParserPos pos, SqlIdentifier method, SqlNodeList arguments, @Nullable SqlNode repeatable) {
    super(pos, OPERATOR, method, arguments, repeatable);
    this.method = method;
    this.arguments = arguments;
    this.repeatable = repeatable;
  }

  public SqlIdentifier method() {
    return method;
  }

  public SqlNodeList arguments() {
    return arguments;
  }

  public @Nullable SqlNode repeatable() {
    return repeatable;
  }
}
