package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// `ON CONFLICT [target] DO NOTHING | DO UPDATE SET … [WHERE …]`.
/// Immutable.
public final class PgOnConflict extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_ON_CONFLICT", SqlKind.OTHER);

  private final @Nullable SqlNodeList target;
  private final @Nullable SqlNode targetWhere;
  private final @Nullable SqlIdentifier constraint;
  private final boolean update;
  private final SqlNodeList assignments;
  private final @Nullable SqlNode where;

  public PgOnConflict(
      SqlParserPos pos,
      @Nullable SqlNodeList target,
      @Nullable SqlNode targetWhere,
      @Nullable SqlIdentifier constraint,
      boolean update,
      SqlNodeList assignments,
      @Nullable SqlNode where) {
    super(pos, OPERATOR, target, targetWhere, constraint, assignments, where);
    this.target = target;
    this.targetWhere = targetWhere;
    this.constraint = constraint;
    this.update = update;
    this.assignments = assignments;
    this.where = where;
  }

  /// The inferred index: columns as identifiers, or expressions; collations and operator classes are kept as
  /// [PgCollate] or dropped.
  public @Nullable SqlNodeList target() {
    return target;
  }

  public @Nullable SqlNode targetWhere() {
    return targetWhere;
  }

  public @Nullable SqlIdentifier constraint() {
    return constraint;
  }

  /// DO UPDATE; else DO NOTHING.
  public boolean update() {
    return update;
  }

  /// [PgAssignment]s; empty for DO NOTHING.
  public SqlNodeList assignments() {
    return assignments;
  }

  public @Nullable SqlNode where() {
    return where;
  }

  @Override
  String marks() {
    return update ? "update " : "";
  }
}
