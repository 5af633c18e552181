package io.shardgate.directory;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// What the shard keys of a group are. A closed list; every other type is refused by name.
public enum KeyType {
  /// smallint, integer, bigint: their 64-bit hashes agree for equal values.
  BIGINT,
  /// text and varchar of any length limit, under a deterministic collation; ordered by their bytes.
  TEXT,
  UUID,
  DATE,
  TIMESTAMP,
  TIMESTAMPTZ,
  /// numeric of any precision, by value: 1.0 and 1.00 are one key.
  NUMERIC;

  /// Whether a column of this PostgreSQL type (`pg_type.typname`, or the SQL name without a length) can be the key.
  public boolean accepts(String pgTypeName) {
    return of(pgTypeName).equals(Optional.of(this));
  }

  /// The word in a topology.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// All words, as a message lists them.
  static String words() {
    String all = Arrays.stream(values()).map(KeyType::word).collect(Collectors.joining(", "));
    int last = all.lastIndexOf(", ");
    return all.substring(0, last) + " or " + all.substring(last + 2);
  }

  /// The key type of a PostgreSQL type; empty for a type that can't be a shard key.
  public static Optional<KeyType> of(String pgTypeName) {
    return switch (pgTypeName) {
      case "int2", "int4", "int8", "smallint", "integer", "int", "bigint" -> Optional.of(BIGINT);
      case "text", "varchar", "character varying" -> Optional.of(TEXT);
      case "uuid" -> Optional.of(UUID);
      case "date" -> Optional.of(DATE);
      case "timestamp", "timestamp without time zone" -> Optional.of(TIMESTAMP);
      case "timestamptz", "timestamp with time zone" -> Optional.of(TIMESTAMPTZ);
      case "numeric", "decimal" -> Optional.of(NUMERIC);
      default -> Optional.empty();
    };
  }
}
