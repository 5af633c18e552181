package io.shardgate.router.analyze;

import java.util.List;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// One item of WITH.
/// Not thread-safe; owned by the planning of one statement.
final class CommonTable {
  private final String name;
  private final List<String> columnNames;
  private final SqlNode query;
  private final Scope scope;
  private @Nullable List<Source.Output> fixedColumns;
  private boolean fixed;
  private boolean used;
  private boolean refersToItself;

  CommonTable(String name, List<String> columnNames, SqlNode query, Scope scope) {
    this.name = name;
    this.columnNames = List.copyOf(columnNames);
    this.query = query;
    this.scope = scope;
  }

  String name() {
    return name;
  }

  List<String> columnNames() {
    return columnNames;
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
