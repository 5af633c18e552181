package io.shardgate.router.plan;

/// New rows of a group of strategy *directory*: their keys may have to be placed before the statement can run.
///
/// @param keys of these rows
/// @param label the value by which they are placed
public record NewRows(KeySet keys, LabelSource label) {}
