package io.shardgate.oracle;

import io.shardgate.oracle.Table.Column;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What stands in FROM under a name: a table, or a query's result.
/// Immutable.
///
/// @param unique names of columns that together tell its rows apart; empty where none do
/// @param table null where it is not a table itself
record Relation(String alias, List<Column> columns, List<String> unique, @Nullable Table table) {
  Relation {
    columns = List.copyOf(columns);
    unique = List.copyOf(unique);
  }

  static Relation of(Table table, String alias) {
    return new Relation(alias, table.columns(), List.of(table.number().name()), table);
  }

  List<Term> terms() {
    return columns.stream().map(this::term).toList();
  }

  List<Term> terms(Predicate<Kind> kinds) {
    return columns.stream().filter(column -> kinds.test(column.kind())).map(this::term).toList();
  }

  Term term(Column column) {
    return new Term(alias + "." + column.name(), column.kind());
  }

  /// What orders its rows wholly.
  List<String> order() {
    return unique.stream().map(column -> alias + "." + column).toList();
  }
}
