package io.shardgate.oracle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A table of a [World] with all its rows.
/// Immutable.
///
/// @param form how it was made, which shows in nothing
/// @param group which sharded tables have in common whose keys lie on the same shards; the table's own name where it is not sharded
/// @param columns the key first, then a number that no other row of the table has
/// @param keys the values that its key has, and some that it might have
/// @param rows the values as text, null for NULL
record Table(String name, Place place, Form form, String group, List<Column> columns, List<String> keys, List<List<@Nullable String>> rows) {
  enum Place { SHARDED, REFERENCE, HOME }

  /// How it is made.
  enum Form { PLAIN, COLUMN_DROPPED, PARTITIONED }

  record Column(String name, Kind kind) {}

  Table {
    columns = List.copyOf(columns);
    keys = List.copyOf(keys);
    rows = Collections.unmodifiableList(new ArrayList<>(rows));
  }

  Column key() {
    return columns.getFirst();
  }

  Column number() {
    return columns.get(1);
  }

  /// What makes it, without rows.
  List<String> definition() {
    String all = columns.stream().map(column -> column.name() + " " + column.kind().declared()).collect(Collectors.joining(", "));
    String key = ", PRIMARY KEY (" + key().name() + ", " + number().name() + ")";
    return switch (form) {
      case PLAIN -> List.of("CREATE TABLE " + name + " (" + all + key + ")");
      case COLUMN_DROPPED -> List.of("CREATE TABLE " + name + " (gone text, " + all + key + ")", "ALTER TABLE " + name + " DROP COLUMN gone");
      case PARTITIONED ->
          List.of(
              "CREATE TABLE " + name + " (" + all + key + ") PARTITION BY RANGE (" + number().name() + ")",
              "CREATE TABLE " + name + "_low PARTITION OF " + name + " FOR VALUES FROM (MINVALUE) TO (10)",
              "CREATE TABLE " + name + "_high PARTITION OF " + name + " FOR VALUES FROM (10) TO (MAXVALUE)");
    };
  }

  String insertion(List<List<@Nullable String>> of) {
    return "INSERT INTO " + name + " VALUES " + of.stream().map(this::row).collect(Collectors.joining(", "));
  }

  private String row(List<@Nullable String> values) {
    List<String> written = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      written.add(value == null ? "NULL" : columns.get(i).kind().literal(value));
    }
    return "(" + String.join(", ", written) + ")";
  }
}
