package io.shardgate.oracle;

import io.shardgate.oracle.Table.Column;
import java.util.List;
import java.util.Map;

/// A query, and what is known of its result.
/// Immutable.
///
/// @param columns of the result; a name that is empty can't be referred to
/// @param order how far its order is fixed
/// @param ordering the first columns of ORDER BY, by their places in the result; they end before one that is not in it
/// @param numbers the place of the table's row numbers in the result, by the table's name; empty where it has several tables, or a row several times
record Query(String sql, List<Column> columns, Order order, List<Integer> ordering, Map<String, Integer> numbers) {
  enum Order {
    /// The rows are fixed, not their order.
    ROWS,
    /// The rows are fixed, and the order of what [Query#ordering] names.
    KEYS,
    /// The rows and their order are fixed.
    WHOLE,
    /// Which rows come is open, not what [Query#ordering] names of them.
    ONLY_KEYS,
    /// Only the number of rows is fixed.
    COUNT
  }

  Query {
    columns = List.copyOf(columns);
    ordering = List.copyOf(ordering);
    numbers = Map.copyOf(numbers);
  }

  /// Whether it gives the same rows each time, so that others can be made of it.
  boolean isFixed() {
    return order == Order.ROWS || order == Order.KEYS || order == Order.WHOLE;
  }

  Query with(String other) {
    return new Query(other, columns, order, ordering, numbers);
  }
}
