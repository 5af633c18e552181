package io.shardgate.router.analyze;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// One item of WITH.
/// Not thread-safe; owned by the planning of one statement.
final class CommonTable {
  private final String name;
  private final List<String> columnNames;
  private final List<String> addedNames;
  private final SqlNode query;
  private final Scope scope;
  private @Nullable List<Source.Output> fixedColumns;
  private boolean fixed;
  private boolean used;
  private boolean refersToItself;

  /// @param columnNames those that were given, for its first columns
  /// @param addedNames the columns that SEARCH and CYCLE add behind those of the query
  CommonTable(String name, List<String> columnNames, List<String> addedNames, SqlNode query, Scope scope) {
    this.name = name;
    this.columnNames = List.copyOf(columnNames);
    this.addedNames = List.copyOf(addedNames);
    this.query = query;
    this.scope = scope;
  }

  String name() {
    return name;
  }

  List<String> columnNames() {
    return columnNames;
  }

  /// Its columns, given those of its query.
  List<Source.Output> withAdded(List<Source.Output> outputs) {
    List<Source.Output> all = new ArrayList<>(outputs);
    addedNames.forEach(added -> all.add(new Source.Output(added, null, 0)));
    return all;
  }

  SqlNode query() {
    return query;
  }

  /// The names its query can use.
  Scope scope() {
    return scope;
  }

  /// From now on a reference sees only these columns and nothing behind them: the table refers to itself, or changes data
  /// and runs once.
  void fix(@Nullable List<Source.Output> columns) {
    fixed = true;
    fixedColumns = columns;
  }

  void unfix() {
    fixed = false;
  }

  boolean isFixed() {
    return fixed;
  }

  @Nullable List<Source.Output> fixedColumns() {
    return fixedColumns;
  }

  /// Notes a reference from inside its own query.
  void markOwnReference() {
    refersToItself = true;
  }

  boolean refersToItself() {
    return refersToItself;
  }

  void markUsed() {
    used = true;
  }

  boolean isUsed() {
    return used;
  }
}
