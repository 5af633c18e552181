package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// INSERT. A leading WITH wraps it: [org.apache.calcite.sql.SqlWith] with this as body.
/// Immutable.
public final class PgInsert extends PgNode {
  /// `OVERRIDING … VALUE`.
  public enum Overriding { NONE, SYSTEM, USER }

  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_INSERT", SqlKind.INSERT);

  private final PgTableRef target;
  private final @Nullable SqlNodeList columns;
  private final Overriding overriding;
  private final @Nullable SqlNode source;
  private final @Nullable PgOnConflict onConflict;
  private final @Nullable PgReturning returning;

  public PgInsert(
      SqlParserPos pos,
      PgTableRef target,
      @Nullable SqlNodeList columns,
      Overriding overriding,
      @Nullable SqlNode source,
      @Nullable PgOnConflict onConflict,
      @Nullable PgReturning returning) {
    super(pos, OPERATOR, target, columns, source, onConflict, returning);
    this.target = target;
    this.columns = columns;
    this.overriding = overriding;
    this.source = source;
    this.onConflict = onConflict;
    this.returning = returning;
  }

  public PgTableRef target() {
    return target;
  }

  /// The column list without its parentheses; null when none was written. Elements are identifiers, or [PgSubscript]
  /// and [PgField] on one.
  public @Nullable SqlNodeList columns() {
    return columns;
  }

  public Overriding overriding() {
    return overriding;
  }

  /// A query; `VALUES` is a call of `SqlStdOperatorTable.VALUES` with one `ROW` call per row, each row's position
  /// with its parentheses. Null for DEFAULT VALUES.
  public @Nullable SqlNode source() {
    return source;
  }

  public @Nullable PgOnConflict onConflict() {
    return onConflict;
  }

  public @Nullable PgReturning returning() {
    return returning;
  }

  @Override
  String marks() {
    return overriding + " ";
  }
}
