package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A table's rows as text that passes through every client encoding: each a JSON array of its columns' texts, in UTF-8, in hexadecimal.
/// Immutable.
///
/// @param columns all but the generated ones
/// @param key the primary key's columns
record RowShape(TableName tableName, List<Column> columns, List<Column> key) {

  /// Of a table with a primary key that everybody sees whole.
  static RowShape of(TableName table, Catalog catalog) {
    Relation relation = catalog.relation(table).orElseThrow(() -> unfit(table, "its definition is not known"));
    if (relation.rowSecurity()) {
      throw unfit(table, "it has row security");
    }
    List<Column> key =
        relation.uniques().stream()
            .filter(unique -> unique.primary() && !unique.columns().isEmpty())
            .findFirst()
            .map(unique -> unique.columns().stream().map(name -> relation.column(name).orElseThrow()).toList())
            .orElseThrow(() -> unfit(table, "it has no primary key"));
    return new RowShape(table, relation.columns().stream().filter(column -> !column.generated()).toList(), key);
  }

  private static ServerErrorException unfit(TableName table, String why) {
    return ProxyRefusal.REFERENCE_WITHOUT_ROWS.error(table, why);
  }

  String table() {
    return Sql.table(tableName);
  }

  /// Whether rows have nothing but their key.
  boolean isKeyOnly() {
    return settable().isEmpty();
  }

  private List<Column> settable() {
    return columns.stream().filter(column -> !key.contains(column) && column.identity() != Column.Identity.ALWAYS).toList();
  }

  /// The expression for a whole row.
  String rowHex() {
    return hex(columns);
  }

  /// The expression for a row's key.
  String keyHex() {
    return hex(key);
  }

  private static String hex(List<Column> columns) {
    return columns.stream()
        .map(column -> Sql.name(column.name()) + "::pg_catalog.text")
        .collect(Collectors.joining(", ",
            "pg_catalog.encode(pg_catalog.convert_to(pg_catalog.to_json(ARRAY[", "])::pg_catalog.text, 'UTF8'), 'hex')"));
  }

  /// Of these keys those that no row has.
  String selectGone(List<String> keys) {
    return "SELECT pg_catalog.encode(pg_catalog.convert_to(r::pg_catalog.text, 'UTF8'), 'hex') FROM " + elements(keys)
        + " WHERE NOT EXISTS (SELECT FROM " + table() + " t WHERE (" + names("t.", key) + ") = (" + values(key) + "))";
  }

  /// Deletes the rows with these keys.
  String delete(List<String> keys) {
    return "DELETE FROM " + table() + " WHERE (" + names("", key) + ") IN (SELECT " + values(key) + " FROM " + elements(keys) + ")";
  }

  /// Inserts these rows, or overwrites those with the same key.
  String write(List<String> rows) {
    String set =
        settable().stream()
            .map(column -> Sql.name(column.name()) + " = EXCLUDED." + Sql.name(column.name()))
            .collect(Collectors.joining(", "));
    return "INSERT INTO " + table() + " (" + names("", columns) + ") OVERRIDING SYSTEM VALUE SELECT " + values(columns)
        + " FROM " + elements(rows) + " ON CONFLICT (" + names("", key) + ") DO "
        + (set.isEmpty() ? "NOTHING" : "UPDATE SET " + set) + " RETURNING " + rowHex();
  }

  private static String elements(List<String> hexRows) {
    HexFormat hex = HexFormat.of();
    String comma = hex.formatHex(",".getBytes(StandardCharsets.US_ASCII));
    String array = hexRows.stream().collect(Collectors.joining(comma, hex.formatHex(new byte[] {'['}), hex.formatHex(new byte[] {']'})));
    return "pg_catalog.json_array_elements(pg_catalog.convert_from(pg_catalog.decode('" + array + "', 'hex'), 'UTF8')::pg_catalog.json) r";
  }

  private static String names(String prefix, List<Column> columns) {
    return columns.stream().map(column -> prefix + Sql.name(column.name())).collect(Collectors.joining(", "));
  }

  private static String values(List<Column> columns) {
    return IntStream.range(0, columns.size())
        .mapToObj(i -> "(r OPERATOR(pg_catalog.->>) " + i + ")::" + Sql.type(columns.get(i).typeName()))
        .collect(Collectors.joining(", "));
  }
}
