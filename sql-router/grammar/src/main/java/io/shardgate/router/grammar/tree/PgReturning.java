package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// `RETURNING [WITH (OLD AS o, NEW AS n)] items`. The position begins at the word RETURNING.
/// Immutable.
public final class PgReturning extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_RETURNING", SqlKind.OTHER);

  private final SqlNodeList items;
  private final @Nullable SqlIdentifier oldAlias;
  private final @Nullable SqlIdentifier newAlias;

  public PgReturning(
      SqlParserPos pos,
      SqlNodeList items,
      @Nullable SqlIdentifier oldAlias,
      @Nullable SqlIdentifier newAlias) {
    super(pos, OPERATOR, items, oldAlias, newAlias);
    this.items = items;
    this.oldAlias = oldAlias;
    this.newAlias = newAlias;
  }

  /// Like a select list: expressions, `AS` calls, stars.
  public SqlNodeList items() {
    return items;
  }

  public @Nullable SqlIdentifier oldAlias() {
    return oldAlias;
  }

  public @Nullable SqlIdentifier newAlias() {
    return newAlias;
  }
}
