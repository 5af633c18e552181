package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// A cast in any spelling. It binds as PostgreSQL binds it: `-1::int` is `-(1::int)`.
/// Immutable.
public final class PgCast extends PgNode {
  /// How the cast was written.
  public enum Style {
    /// `operand::type`.
    COLONS,
    /// `CAST(operand AS type)`.
    CAST,
    /// `type 'text'`: the operand is a string literal.
    PREFIX
  }

  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_CAST", SqlKind.CAST);

  private final SqlNode operand;
  private final PgType type;
  private final Style style;

  public PgCast(SqlParserPos pos, SqlNode operand, PgType type, Style style) {
    super(pos, OPERATOR, operand, type);
    this.operand = operand;
    this.type = type;
    this.style = style;
  }

  public SqlNode operand() {
    return operand;
  }

  public PgType type() {
    return type;
  }

  public Style style() {
    return style;
  }

  @Override
  String marks() {
    return style + " ";
  }
}
