package io.shardgate.router.analyze;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One item of FROM, or the target of a data change: a relation, or a query in its place. Equal only to itself.
/// Immutable.
final class Source {
  private final String visibleName;
  private final @Nullable TableName table;
  private final @Nullable List<Output> columns;
  private final Standing.@Nullable Sharded sharded;

  private Source(
      String visibleName, @Nullable TableName table, @Nullable List<Output> columns, Standing.@Nullable Sharded sharded) {
    this.visibleName = visibleName;
    this.table = table;
    this.columns = columns;
    this.sharded = sharded;
  }

  /// @param columns null where they are not known: then no name without a qualifier can be resolved beside it
  static Source of(String visibleName, @Nullable TableName table, @Nullable List<Output> columns) {
    return new Source(visibleName, table, columns, null);
  }

  static Source sharded(String visibleName, @Nullable TableName table, List<Output> columns, Standing.Sharded standing) {
    return new Source(visibleName, table, columns, standing);
  }

  /// The name by which columns are qualified.
  String visibleName() {
    return visibleName;
  }

  /// The relation, where it is visible under its own name.
  @Nullable TableName table() {
    return table;
  }

  @Nullable List<Output> columns() {
    return columns;
  }

  Standing.@Nullable Sharded sharded() {
    return sharded;
  }

  /// The shard key of a sharded one, under the name that the column has here.
  Var key(Standing.Sharded standing) {
    int place = 0;
    for (var column : standing.relation().columns()) {
      if (column.name().equals(standing.keyColumn())) {
        break;
      }
      place++;
    }
    return var(place);
  }

  /// The column at a place.
  Var var(int place) {
    if (columns == null) {
      throw new IllegalStateException("columns of " + visibleName + " are not known");
    }
    Output output = columns.get(place);
    return new Var(this, place, output.family(), output.typeOid());
  }

  /// A column that a source gives.
  ///
  /// @param family the key type that its values have; null where they can't be keys, or their equality is not plain
  /// @param typeOid its type where known, else 0
  record Output(String name, @Nullable KeyType family, int typeOid) {}

  /// A column of one source.
  record Var(Source source, int place, @Nullable KeyType family, int typeOid) {
    /// The name that it has there.
    String name() {
      List<Output> columns = source.columns;
      return columns == null ? "" : columns.get(place).name();
    }
  }
}
