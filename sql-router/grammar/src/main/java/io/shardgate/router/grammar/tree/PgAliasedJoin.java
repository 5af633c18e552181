package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A join in parentheses with a name of its own: `(a JOIN b ON …) AS alias [(columns)]`; the names inside are hidden.
/// Without alias the parser yields the bare join.
/// Immutable.
public final class PgAliasedJoin extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_ALIASED_JOIN", SqlKind.OTHER);

  private final SqlJoin join;
  private final SqlIdentifier alias;
  private final @Nullable SqlNodeList columnAliases;

  public PgAliasedJoin(SqlParserPos pos, SqlJoin join, SqlIdentifier alias, @Nullable SqlNodeList columnAliases) {
    super(pos, OPERATOR, join, alias, columnAliases);
    this.join = join;
    this.alias = alias;
    this.columnAliases = columnAliases;
  }

  public SqlJoin join() {
    return join;
  }

  public SqlIdentifier alias() {
    return alias;
  }

  public @Nullable SqlNodeList columnAliases() {
    return columnAliases;
  }
}
