package io.shardgate.router.plan;

/// Where a new row says the value by which its key, if it is new too, is placed.
public sealed interface LabelSource {
  /// New keys are placed without one.
  record None() implements LabelSource {}

  /// In the statement or its parameters.
  record Value(KeySource source) implements LabelSource {}

  /// At that place among the columns that each row has.
  record At(int column) implements LabelSource {}

  /// Nowhere that could be read: the table has no such column, or an expression makes it.
  record Untold() implements LabelSource {}
}
