package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// A field of a composite value: `(base).field`; the field is `*` for all of them. Plain `t.c` is an identifier.
/// Immutable.
public final class PgField extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_FIELD", SqlKind.OTHER);

  private final SqlNode base;
  private final SqlIdentifier field;

  public PgField(SqlParserPos pos, SqlNode base, SqlIdentifier field) {
    super(pos, OPERATOR, base, field);
    this.base = base;
    this.field = field;
  }

  public SqlNode base() {
    return base;
  }

  public SqlIdentifier field() {
    return field;
  }
}
