package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;

/// Names as SQL text, in ASCII: it reads the same under every client encoding.
final class Sql {
  private Sql() {}

  /// Schema and name, quoted.
  static String table(TableName table) {
    return name(table.schema()) + "." + name(table.name());
  }

  /// One identifier, quoted.
  static String name(String identifier) {
    String doubled = identifier.replace("\"", "\"\"");
    if (doubled.chars().allMatch(c -> c < 0x80)) {
      return '"' + doubled + '"';
    }
    StringBuilder out = new StringBuilder("U&\"");
    doubled.codePoints().forEach(c -> {
      if (c == '\\') {
        out.append("\\\\");
      } else if (c < 0x80) {
        out.append((char) c);
      } else {
        out.append("\\+%06x".formatted(c));
      }
    });
    return out.append('"').toString();
  }

  /// A type as [io.shardgate.router.catalog.Column#typeName] gives it: `int8` of `pg_catalog`, or `schema.name`.
  static String type(String typeName) {
    int dot = typeName.indexOf('.');
    return dot < 0
        ? "pg_catalog." + name(typeName)
        : name(typeName.substring(0, dot)) + "." + name(typeName.substring(dot + 1));
  }
}
