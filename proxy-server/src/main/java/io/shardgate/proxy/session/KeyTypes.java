package io.shardgate.proxy.session;

import io.shardgate.pgwire.PgType;
import org.jspecify.annotations.Nullable;

/// The types a shard key can have, by name.
final class KeyTypes {
  private KeyTypes() {}

  /// Whether DateStyle decides how a value of that type is printed.
  static boolean isDateOrTime(int oid) {
    return oid == PgType.DATE || oid == PgType.TIMESTAMP || oid == PgType.TIMESTAMPTZ;
  }

  /// What to cast an expression to so that it prints as a key of that type; null for a type no key has.
  static @Nullable String name(int oid) {
    return switch (oid) {
      case PgType.INT2 -> "pg_catalog.int2";
      case PgType.INT4 -> "pg_catalog.int4";
      case PgType.INT8 -> "pg_catalog.int8";
      case PgType.TEXT -> "pg_catalog.text";
      case PgType.VARCHAR -> "pg_catalog.varchar";
      case PgType.UUID -> "pg_catalog.uuid";
      case PgType.DATE -> "pg_catalog.date";
      case PgType.TIMESTAMP -> "pg_catalog.timestamp";
      case PgType.TIMESTAMPTZ -> "pg_catalog.timestamptz";
      case PgType.NUMERIC -> "pg_catalog.numeric";
      default -> null;
    };
  }
}
