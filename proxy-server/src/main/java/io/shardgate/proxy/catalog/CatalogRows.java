package io.shardgate.proxy.catalog;

import io.shardgate.directory.TableName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The answer of one catalog query. Immutable.
record CatalogRows(List<List<@Nullable String>> rows) {

  List<CatalogRow> all() {
    return rows.stream().map(CatalogRow::new).toList();
  }

  /// Rows by the OID in their first column; order is kept.
  Map<Integer, List<CatalogRow>> byOid() {
    Map<Integer, List<CatalogRow>> grouped = new LinkedHashMap<>();
    for (List<@Nullable String> row : rows) {
      CatalogRow read = new CatalogRow(row);
      grouped.computeIfAbsent(read.oid(0), _ -> new java.util.ArrayList<>()).add(read);
    }
    return grouped;
  }

  /// One row, its values by position.
  record CatalogRow(List<@Nullable String> values) {

    @Nullable String textOrNull(int column) {
      return values.get(column);
    }

    String text(int column) {
      @Nullable String value = values.get(column);
      if (value == null) {
        throw new IllegalStateException("catalog column " + column + " is null: " + values);
      }
      return value;
    }

    /// OIDs are unsigned; an int holds their bits.
    int oid(int column) {
      return Integer.parseUnsignedInt(text(column));
    }

    int number(int column) {
      return Integer.parseInt(text(column));
    }

    boolean flag(int column) {
      return text(column).equals("t");
    }

    /// `"char"` of no character is an empty text.
    char letter(int column) {
      String value = text(column);
      return value.isEmpty() ? ' ' : value.charAt(0);
    }

    TableName name(int column) {
      return new TableName(text(column), text(column + 1));
    }
  }
}
