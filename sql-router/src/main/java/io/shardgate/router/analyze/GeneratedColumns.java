package io.shardgate.router.analyze;

import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.plan.GeneratedColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Columns whose default no shard may make on its own: sequences, the shard key, and for reference tables whatever could come
/// out different.
/// Immutable.
public final class GeneratedColumns {
  private final Relation relation;
  private final Standing.@Nullable Sharded sharded;
  private final Reach reach;

  GeneratedColumns(Relation relation, Standing.@Nullable Sharded sharded, Reach reach) {
    this.relation = relation;
    this.sharded = sharded;
    this.reach = reach;
  }

  /// Those that rows with these columns do not give.
  ///
  /// @param sharded null for a reference table
  public static List<GeneratedColumn> notGiven(
      Relation relation, Standing.@Nullable Sharded sharded, List<String> columns, Reach reach) {
    return new GeneratedColumns(relation, sharded, reach).of(columns, _ -> false);
  }

  /// Those that rows do not give.
  ///
  /// @param columns what rows give
  /// @param saysDefault whether some row says DEFAULT at that place
  List<GeneratedColumn> of(List<String> columns, IntPredicate saysDefault) {
    List<GeneratedColumn> generated = new ArrayList<>();
    for (Column column : relation.columns()) {
      int place = columns.indexOf(column.name());
      boolean made = place < 0 || saysDefault.test(place);
      String expression = made && !column.generated() ? ColumnDefaults.expression(column) : null;
      if (expression != null && mustBeMadeFirst(column, expression)) {
        generated.add(
            new GeneratedColumn(column.name(), column.typeName(), expression, ColumnDefaults.sequence(column), place));
      }
    }
    return generated;
  }

  private boolean mustBeMadeFirst(Column column, String expression) {
    if (sharded != null) {
      return column.name().equals(sharded.keyColumn()) || reach.usesHome(expression);
    }
    return ColumnDefaults.differsBetweenShards(expression, reach.catalog());
  }
}
