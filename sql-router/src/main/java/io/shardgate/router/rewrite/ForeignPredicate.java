package io.shardgate.router.rewrite;

import io.shardgate.directory.Extent;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The condition, in PostgreSQL's words and by its functions, that a row's key is in one of a shard's foreign extents. Pure.
///
/// Names are qualified and literals escaped: it means the same under every search_path, DateStyle, client encoding and
/// standard_conforming_strings. A key is never NULL, so neither is the condition.
public final class ForeignPredicate {
  private ForeignPredicate() {}

  /// @param column the key column, quoted
  /// @param extents at least one, of one strategy
  public static String of(String column, KeyType type, List<Extent> extents) {
    List<String> conditions = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    for (Extent extent : extents) {
      switch (extent) {
        case Extent.Ring(long first, long last) ->
            conditions.add(
                "(" + hash(column, type) + " OPERATOR(pg_catalog.>=) '" + first + "'::pg_catalog.int8 AND "
                    + hash(column, type) + " OPERATOR(pg_catalog.<=) '" + last + "'::pg_catalog.int8)");
        case Extent.Ordered(KeyValue from, KeyValue until) -> conditions.add(between(column, type, from, until));
        case Extent.Single(KeyValue key) -> keys.add(literal(key.toString()));
      }
    }
    if (!keys.isEmpty()) {
      conditions.add(
          column + " OPERATOR(pg_catalog.=) ANY (ARRAY[" + String.join(", ", keys) + "]::pg_catalog." + typeName(type) + "[])");
    }
    return String.join(" OR ", conditions);
  }

  private static String between(String column, KeyType type, @Nullable KeyValue from, @Nullable KeyValue until) {
    List<String> bounds = new ArrayList<>();
    if (from != null) {
      bounds.add(compared(column, type) + " OPERATOR(pg_catalog.>=) " + literal(from.toString()) + "::pg_catalog." + typeName(type));
    }
    if (until != null) {
      bounds.add(compared(column, type) + " OPERATOR(pg_catalog.<) " + literal(until.toString()) + "::pg_catalog." + typeName(type));
    }
    return bounds.isEmpty() ? "true" : "(" + String.join(" AND ", bounds) + ")";
  }

  /// Text is ordered by its bytes.
  private static String compared(String column, KeyType type) {
    return type == KeyType.TEXT ? column + "::pg_catalog.text COLLATE pg_catalog.\"C\"" : column;
  }

  /// What [io.shardgate.directory.ShardFunction] computes. date and timestamptz have hash functions with a seed of their own from PostgreSQL 18 on only;
  /// they are those of their days, and of the timestamp in UTC.
  private static String hash(String column, KeyType type) {
    return switch (type) {
      case BIGINT -> "pg_catalog.hashint8extended(" + column + "::pg_catalog.int8, 0)";
      case TEXT -> "pg_catalog.hashtextextended(" + column + "::pg_catalog.text, 0)";
      case UUID -> "pg_catalog.uuid_hash_extended(" + column + ", 0)";
      case DATE ->
          "pg_catalog.hashint4extended(CASE WHEN pg_catalog.isfinite(" + column + ") THEN " + column
              + " OPERATOR(pg_catalog.-) '2000-01-01'::pg_catalog.date WHEN " + column
              + " OPERATOR(pg_catalog.>) '2000-01-01'::pg_catalog.date THEN '2147483647'::pg_catalog.int4 ELSE '-2147483648'::pg_catalog.int4 END, 0)";
      case TIMESTAMP -> "pg_catalog.timestamp_hash_extended(" + column + ", 0)";
      case TIMESTAMPTZ -> "pg_catalog.timestamp_hash_extended(pg_catalog.timezone('UTC', " + column + "), 0)";
      case NUMERIC -> "pg_catalog.hash_numeric_extended(" + column + ", 0)";
    };
  }

  private static String typeName(KeyType type) {
    return type == KeyType.BIGINT ? "int8" : type.word();
  }

  /// ASCII whatever the text.
  private static String literal(String text) {
    StringBuilder quoted = new StringBuilder();
    text.codePoints().forEach(c -> {
      if (c == '\'') {
        quoted.append("''");
      } else if (c == '\\') {
        quoted.append("\\\\");
      } else if (c >= ' ' && c < 0x7f) {
        quoted.appendCodePoint(c);
      } else {
        quoted.append(String.format("\\U%08X", c));
      }
    });
    return quoted.indexOf("\\") < 0 ? "'" + quoted + "'" : "E'" + quoted + "'";
  }
}
