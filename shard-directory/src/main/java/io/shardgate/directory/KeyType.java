package io.shardgate.directory;

import java.util.Locale;
import java.util.Optional;

/// What the shard keys of a group are. A closed list; every other type is refused by name.
public enum KeyType {
  /// smallint, integer, bigint: their 64-bit hashes agree for equal values.
  BIGINT,
  /// text and varchar of any length limit, under a deterministic collation.
  TEXT,
  UUID;

  /// Whether a column of this PostgreSQL type (`pg_type.typname`, or the SQL name without a length) can be the key.
  public boolean accepts(String pgTypeName) {
    return of(pgTypeName).equals(Optional.of(this));
  }

  /// The word in a topology.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The key type of a PostgreSQL type; empty for a type that can't be a shard key.
  public static Optional<KeyType> of(String pgTypeName) {
    return switch (pgTypeName) {
      case "int2", "int4", "int8", "smallint", "integer", "int", "bigint" -> Optional.of(BIGINT);
      case "text", "varchar", "character varying" -> Optional.of(TEXT);
      case "uuid" -> Optional.of(UUID);
      default -> Optional.empty();
    };
  }
}
