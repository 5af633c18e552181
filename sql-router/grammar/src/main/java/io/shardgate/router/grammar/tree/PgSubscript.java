package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// `base[index]`, or the slice `base[lower:upper]`. `a[1][2]` is a subscript of a subscript.
/// Immutable.
public final class PgSubscript extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_SUBSCRIPT", SqlKind.OTHER);

  private final SqlNode base;
  private final @Nullable SqlNode lower;
  private final @Nullable SqlNode upper;
  private final boolean slice;

  public PgSubscript(SqlParserPos pos, SqlNode base, @Nullable SqlNode lower, @Nullable SqlNode upper, boolean slice) {
    super(pos, OPERATOR, base, lower, upper);
    this.base = base;
    this.lower = lower;
    this.upper = upper;
    this.slice = slice;
  }

  public SqlNode base() {
    return base;
  }

  /// The index, or a slice's lower bound; null where a slice leaves it open.
  public @Nullable SqlNode lower() {
    return lower;
  }

  /// A slice's upper bound.
  public @Nullable SqlNode upper() {
    return upper;
  }

  public boolean slice() {
    return slice;
  }

  @Override
  String marks() {
    return slice ? "slice " : "";
  }
}
