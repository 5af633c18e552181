package io.shardgate.directory;

import java.nio.charset.StandardCharsets;

/// A table's qualified name, exact: `Orders` and `orders` are two tables.
public record TableName(String schema, String name) implements Comparable<TableName> {
  /// PostgreSQL's NAMEDATALEN - 1.
  public static final int MAX_NAME_BYTES = 63;

  public TableName {
    if (schema.isEmpty() || name.isEmpty()) {
      throw new IllegalArgumentException("table name: '" + schema + "." + name + "' (expected: table or schema.table)");
    }
  }

  /// Reads `table` (in schema `public`) or `schema.table`. Either part may be in double quotes, which are needed only for a
  /// name that contains a dot or a quote. Case is kept in both spellings.
  public static TableName parse(String text) {
    int[] at = {0};
    String first = part(text, at);
    if (at[0] == text.length()) {
      return new TableName("public", first);
    }
    at[0]++;
    String second = part(text, at);
    if (at[0] != text.length()) {
      throw malformed(text);
    }
    return new TableName(first, second);
  }

  private static String part(String text, int[] at) {
    String part = at[0] < text.length() && text.charAt(at[0]) == '"' ? quoted(text, at) : bare(text, at);
    boolean ends = at[0] == text.length() || text.charAt(at[0]) == '.';
    if (part.isEmpty() || !ends || part.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw malformed(text);
    }
    return part;
  }

  private static String bare(String text, int[] at) {
    int start = at[0];
    int end = start;
    while (end < text.length() && text.charAt(end) != '.') {
      char c = text.charAt(end);
      if (c == '"' || Character.isWhitespace(c)) {
        throw malformed(text);
      }
      end++;
    }
    at[0] = end;
    return text.substring(start, end);
  }

  private static String quoted(String text, int[] at) {
    StringBuilder part = new StringBuilder();
    for (int i = at[0] + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '"') {
        part.append(c);
      } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
        part.append('"');
        i++;
      } else {
        at[0] = i + 1;
        return part.toString();
      }
    }
    throw malformed(text);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "table name: " + text + " (expected: table or schema.table, names of at most " + MAX_NAME_BYTES + " bytes)");
  }

  /// True for the schemas that belong to PostgreSQL or to Shardgate itself.
  public boolean isSystem() {
    return schema.startsWith("pg_") || schema.equals("information_schema") || schema.equals("shardgate");
  }

  @Override
  public int compareTo(TableName other) {
    int bySchema = schema.compareTo(other.schema);
    return bySchema != 0 ? bySchema : name.compareTo(other.name);
  }

  /// As [#parse] reads it: without the schema when that is `public`, quoted where needed.
  @Override
  public String toString() {
    return schema.equals("public") ? show(name) : show(schema) + "." + show(name);
  }

  private static String show(String part) {
    boolean plain = part.chars().noneMatch(c -> c == '.' || c == '"' || Character.isWhitespace(c));
    return plain ? part : '"' + part.replace("\"", "\"\"") + '"';
  }
}
