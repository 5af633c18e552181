package io.shardgate.router.catalog;

import org.jspecify.annotations.Nullable;

/// A column's type as it is needed to carry its values to another server, in SQL that means the same under every search path.
///
/// @param element what an array of its values is an array of, as in `pg_catalog.int4`
/// @param declared the type with its modifier, as in `numeric(10,2)`
/// @param collation its collation, where that is not its type's own
/// @param form how a value travels
public record CarriedType(String element, String declared, @Nullable String collation, Form form) {
  /// How a value travels.
  public enum Form {
    /// In the type's binary format.
    BINARY,
    /// As text: an array's elements would be taken apart, and its text is exact whatever the settings are.
    TEXT,
    /// Not at all: it has no binary format, or is an array whose text depends on settings.
    NONE
  }

  /// A type of PostgreSQL's own, without modifier or collation of its own.
  public static CarriedType plain(String typeName) {
    String[] parts = (typeName.indexOf('.') < 0 ? "pg_catalog." + typeName : typeName).split("\\.", 2);
    String element = quoted(parts[0]) + "." + quoted(parts[1]);
    return new CarriedType(element, element, null, Form.BINARY);
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
