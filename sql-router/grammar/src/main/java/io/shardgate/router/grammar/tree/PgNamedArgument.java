package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// `name => value` (or `name := value`) in a call.
/// Immutable.
public final class PgNamedArgument extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_NAMED_ARGUMENT", SqlKind.OTHER);

  private final SqlIdentifier name;
  private final SqlNode value;

  public PgNamedArgument(SqlParserPos pos, SqlIdentifier name, SqlNode value) {
    super(pos, OPERATOR, name, value);
    this.name = name;
    this.value = value;
  }

  public SqlIdentifier name() {
    return name;
  }

  public SqlNode value() {
    return value;
  }
}
