package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A subquery in FROM: `[LATERAL] (query) [AS alias [(columns)]]`.
/// Immutable.
public final class PgDerivedTable extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_DERIVED", SqlKind.OTHER);

  private final SqlNode query;
  private final boolean lateral;
  private final @Nullable SqlIdentifier alias;
  private final @Nullable SqlNodeList columnAliases;

  public PgDerivedTable(
      SqlParserPos pos,
      SqlNode query,
      boolean lateral,
      @Nullable SqlIdentifier alias,
      @Nullable SqlNodeList columnAliases) {
    super(pos, OPERATOR, query, alias, columnAliases);
    this.query = query;
    this.lateral = lateral;
    this.alias = alias;
    this.columnAliases = columnAliases;
  }

  public SqlNode query() {
    return query;
  }

  public boolean lateral() {
    return lateral;
  }

  public @Nullable SqlIdentifier alias() {
    return alias;
  }

  public @Nullable SqlNodeList columnAliases() {
    return columnAliases;
  }

  @Override
  String marks() {
    return lateral ? "lateral " : "";
  }
}
