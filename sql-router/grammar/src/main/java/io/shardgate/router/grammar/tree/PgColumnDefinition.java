package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A column of a function that returns `record`: `name type [COLLATE collation]`.
/// Immutable.
public final class PgColumnDefinition extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_COLUMN_DEFINITION", SqlKind.OTHER);

  private final SqlIdentifier name;
  private final PgType type;
  private final @Nullable SqlIdentifier collation;

  public PgColumnDefinition(SqlParserPos pos, SqlIdentifier name, PgType type, @Nullable SqlIdentifier collation) {
    super(pos, OPERATOR, name, type, collation);
    this.name = name;
    this.type = type;
    this.collation = collation;
  }

  public SqlIdentifier name() {
    return name;
  }

  public PgType type() {
    return type;
  }

  public @Nullable SqlIdentifier collation() {
    return collation;
  }
}
