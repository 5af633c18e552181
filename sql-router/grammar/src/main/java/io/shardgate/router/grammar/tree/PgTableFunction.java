package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A function in FROM: `[LATERAL] f(…) [WITH ORDINALITY] [AS alias [(columns or column definitions)]]`, or `ROWS FROM
/// (f(…), g(…))`.
/// Immutable.
public final class PgTableFunction extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_TABLE_FUNCTION", SqlKind.OTHER);

  private final SqlNodeList functions;
  private final boolean rowsFrom;
  private final boolean lateral;
  private final boolean ordinality;
  private final @Nullable SqlIdentifier alias;
  private final @Nullable SqlNodeList columnAliases;
  private final @Nullable SqlNodeList columnDefinitions;

  public PgTableFunction(
      SqlParserPos pos,
      SqlNodeList functions,
      boolean rowsFrom,
      boolean lateral,
      boolean ordinality,
      @Nullable SqlIdentifier alias,
      @Nullable SqlNodeList columnAliases,
      @Nullable SqlNodeList columnDefinitions) {
    super(pos, OPERATOR, functions, alias, columnAliases, columnDefinitions);
    this.functions = functions;
    this.rowsFrom = rowsFrom;
    this.lateral = lateral;
    this.ordinality = ordinality;
    this.alias = alias;
    this.columnAliases = columnAliases;
    this.columnDefinitions = columnDefinitions;
  }

  /// The calls, most often one: [PgFunctionCall], or in ROWS FROM a [PgTableFunction] with column definitions.
  public SqlNodeList functions() {
    return functions;
  }

  public boolean rowsFrom() {
    return rowsFrom;
  }

  public boolean lateral() {
    return lateral;
  }

  public boolean ordinality() {
    return ordinality;
  }

  public @Nullable SqlIdentifier alias() {
    return alias;
  }

  public @Nullable SqlNodeList columnAliases() {
    return columnAliases;
  }

  /// The columns as [PgColumnDefinition], where the call returns `record`.
  public @Nullable SqlNodeList columnDefinitions() {
    return columnDefinitions;
  }

  @Override
  String marks() {
    return (rowsFrom ? "rowsFrom " : "") + (lateral ? "lateral " : "") + (ordinality ? "ordinality " : "");
  }
}
