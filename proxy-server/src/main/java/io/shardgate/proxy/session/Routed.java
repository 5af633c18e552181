package io.shardgate.proxy.session;

import io.shardgate.directory.MapVersion;
import io.shardgate.router.Decision;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Plan;

/// What was decided for one execution of a forwarded statement.
sealed interface Routed permits Route, Routed.Together, Routed.Made {
  /// Several shards answer it together. Immutable.
  ///
  /// @param map the version of the map that it was decided by
  /// @param residue what it may leave behind on the home shard
  record Together(Gathering gathering, Decision.Many many, MapVersion map, Residue residue) implements Routed {
    /// The same, leaving something else behind.
    Together leaving(Residue other) {
      return new Together(gathering, many, map, other);
    }
  }

  /// Only a server can read the key of its new row: the home shard makes the row first. Immutable.
  record Made(Plan.InsertSelect plan) implements Routed {}

  /// For statements around a query, which makes no rows.
  static IllegalStateException noRows() {
    return new IllegalStateException("a query that makes rows (expected: one that reads)");
  }
}
