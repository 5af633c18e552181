package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A named relation in FROM, or the target of INSERT, UPDATE, DELETE and MERGE: `ONLY? name [AS alias [(columns)]]
/// [TABLESAMPLE …]`. The position spans all of it, alias and sample included.
/// Immutable.
public final class PgTableRef extends PgNode {
  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_TABLE", SqlKind.TABLE_REF);

  private final SqlIdentifier name;
  private final boolean only;
  private final @Nullable SqlIdentifier alias;
  private final @Nullable SqlNodeList columnAliases;
  private final @Nullable PgTableSample sample;

  public PgTableRef(
      SqlParserPos pos,
      SqlIdentifier name,
      boolean only,
      @Nullable SqlIdentifier alias,
      @Nullable SqlNodeList columnAliases,
      @Nullable PgTableSample sample) {
    super(pos, OPERATOR, name, alias, columnAliases, sample);
    this.name = name;
    this.only = only;
    this.alias = alias;
    this.columnAliases = columnAliases;
    this.sample = sample;
  }

  /// The name as written, folded; one to three parts. Its position is the name alone.
  public SqlIdentifier name() {
    return name;
  }

  /// Whether ONLY was written: descendants (children, partitions) are left out.
  public boolean only() {
    return only;
  }

  public @Nullable SqlIdentifier alias() {
    return alias;
  }

  public @Nullable SqlNodeList columnAliases() {
    return columnAliases;
  }

  public @Nullable PgTableSample sample() {
    return sample;
  }

  /// The name by which expressions refer to this relation: its alias, or the last part of its name.
  public String visibleName() {
    return alias != null ? alias.getSimple() : name.names.get(name.names.size() - 1);
  }

  @Override
  String marks() {
    return only ? "only " : "";
  }
}
