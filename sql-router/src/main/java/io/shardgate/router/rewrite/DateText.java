package io.shardgate.router.rewrite;

import java.util.Set;

/// Has PostgreSQL print a date or a time so that it reads it back as the same one under every setting: `to_json` writes ISO 8601 and the zone in
/// numbers, whatever DateStyle is (PostgreSQL docs, "JSON Functions and Operators").
public final class DateText {
  private static final Set<String> TYPES = Set.of("date", "timestamp", "timestamptz");

  /// What stands before a value, and behind it.
  public static final String BEFORE = "pg_catalog.json_extract_path_text(pg_catalog.to_json(";

  public static final String AFTER = "), VARIADIC '{}'::pg_catalog.text[])";

  private DateText() {}

  /// Whether DateStyle decides how values of a type are printed.
  ///
  /// @param typeName as in [io.shardgate.router.catalog.Column]
  public static boolean concerns(String typeName) {
    return TYPES.contains(typeName);
  }
}
