package io.shardgate.proxy.session;

/// How a DECLARE is carried out: where its cursor lives, or over what it is.
sealed interface Declared permits Errand, Declared.Gathered {
  /// A cursor of the home shard over rows of several. Immutable.
  ///
  /// @param writes whether its transaction has to be taken for one that writes
  record Gathered(Routed.Together together, boolean writes) implements Declared {}
}
