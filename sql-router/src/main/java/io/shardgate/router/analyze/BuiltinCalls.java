package io.shardgate.router.analyze;

import io.shardgate.router.catalog.Catalog;

/// Questions about the calls in an expression's text, for those who have no tree of it.
public final class BuiltinCalls {
  private BuiltinCalls() {}

  /// Whether two shards could make two values of it.
  public static boolean differsBetweenShards(String expression, Catalog catalog) {
    return ColumnDefaults.differsBetweenShards(expression, catalog);
  }
}
