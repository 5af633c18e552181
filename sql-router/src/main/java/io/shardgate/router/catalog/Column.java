package io.shardgate.router.catalog;

import io.shardgate.directory.TableName;
import org.jspecify.annotations.Nullable;

/// One column of a relation, as `pg_attribute` has it.
///
/// @param name the name, exact case
/// @param typeOid the home shard's OID of its type
/// @param typeName the type's `pg_type.typname` (`int8`, `varchar`), or `schema.name` for types outside `pg_catalog`
/// @param typmod `atttypmod`, −1 when there is none
/// @param defaultExpression `pg_get_expr` of the default, also of a generated column's expression
/// @param generated whether the value is `GENERATED ALWAYS AS (…)`
/// @param deterministicCollation false only for a column whose collation is nondeterministic
/// @param ownedSequence the sequence behind `serial` or an identity column
/// @param carried how its values travel to another shard
public record Column(
    String name,
    int typeOid,
    String typeName,
    int typmod,
    boolean notNull,
    @Nullable String defaultExpression,
    Identity identity,
    boolean generated,
    boolean deterministicCollation,
    @Nullable TableName ownedSequence,
    CarriedType carried) {

  /// `VARHDRSZ`: a type modifier of `varchar` counts it.
  private static final int LENGTH_HEADER = 4;

  /// Whether, and how firmly, the column is an identity column.
  public enum Identity {
    NONE,
    ALWAYS,
    BY_DEFAULT
  }

  /// A column whose values travel as a plain type's do.
  public Column(
      String name,
      int typeOid,
      String typeName,
      int typmod,
      boolean notNull,
      @Nullable String defaultExpression,
      Identity identity,
      boolean generated,
      boolean deterministicCollation,
      @Nullable TableName ownedSequence) {
    this(
        name, typeOid, typeName, typmod, notNull, defaultExpression, identity, generated, deterministicCollation, ownedSequence,
        CarriedType.plain(typeName));
  }

  /// How many characters a `varchar(n)` column holds; 0 for other types, and without a limit.
  public int maxCharacters() {
    return typeName.equals("varchar") && typmod > LENGTH_HEADER ? typmod - LENGTH_HEADER : 0;
  }

  /// A plain column: nullable, no default, no identity.
  public static Column of(String name, int typeOid, String typeName) {
    return new Column(name, typeOid, typeName, -1, false, null, Identity.NONE, false, true, null);
  }
}
