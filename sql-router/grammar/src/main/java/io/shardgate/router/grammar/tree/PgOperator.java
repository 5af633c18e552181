package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSyntax;
import org.jspecify.annotations.Nullable;

/// An operator of PostgreSQL that standard SQL lacks, by its symbol: `||`, `->>`, `@>`, `~`, `OPERATOR(pg_catalog.~)`.
/// It comes as the operator of a [org.apache.calcite.sql.SqlBasicCall] with one operand (prefix) or two.
/// Arithmetic, comparison and logic come as Calcite's standard operators.
/// Immutable.
public final class PgOperator extends SqlOperator {
  private final @Nullable String schema;

  @SuppressWarnings("NullAway") // the superclass takes null for the inferences of types, which are not used
  private PgOperator(@Nullable String schema, String symbol) {
    super(symbol, SqlKind.OTHER, 0, 0, null, null, null);
    this.schema = schema;
  }

  /// The operator of a symbol such as `||`, found by the search path.
  public static PgOperator of(String symbol) {
    return new PgOperator(null, symbol);
  }

  /// The operator of `OPERATOR(schema.symbol)`.
  public static PgOperator of(@Nullable String schema, String symbol) {
    return new PgOperator(schema, symbol);
  }

  /// The schema that was named, or null.
  public @Nullable String schema() {
    return schema;
  }

  /// The symbol, as [#getName()].
  public String symbol() {
    return getName();
  }

  @Override
  public SqlSyntax getSyntax() {
    return SqlSyntax.SPECIAL;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PgOperator that
        && symbol().equals(that.symbol())
        && java.util.Objects.equals(schema, that.schema);
  }

  @Override
  public int hashCode() {
    return symbol().hashCode();
  }
}
