package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// A type name with modifiers and array bounds. The SQL spellings become PostgreSQL's: `int` is `int4`, `character
/// varying(3)` is `varchar(3)`, `timestamp with time zone` is `timestamptz`, `char` is `bpchar`. As in
/// PostgreSQL, `char` and `bit` without a modifier mean length 1; no modifier is made up for them.
/// Immutable.
public final class PgType extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_TYPE", SqlKind.OTHER);

  private final SqlIdentifier name;
  private final boolean builtin;
  private final SqlNodeList modifiers;
  private final int arrayDimensions;
  private final boolean setOf;

  public PgType(
      SqlParserPos pos,
      SqlIdentifier name,
      boolean builtin,
      SqlNodeList modifiers,
      int arrayDimensions,
      boolean setOf) {
    super(pos, OPERATOR, name, modifiers);
    this.name = name;
    this.builtin = builtin;
    this.modifiers = modifiers;
    this.arrayDimensions = arrayDimensions;
    this.setOf = setOf;
  }

  public SqlIdentifier name() {
    return name;
  }

  /// Whether it was spelled by SQL keywords, so that it is a type of `pg_catalog` whatever the search path says.
  public boolean builtin() {
    return builtin;
  }

  /// `(10, 2)` of `numeric(10, 2)`; for intervals the fields are left out.
  public SqlNodeList modifiers() {
    return modifiers;
  }

  public int arrayDimensions() {
    return arrayDimensions;
  }

  public boolean setOf() {
    return setOf;
  }

  @Override
  String marks() {
    return (builtin ? "builtin " : "") + (arrayDimensions == 0 ? "" : "arrayDimensions " + arrayDimensions) + (setOf ? "setOf " : "");
  }
}
