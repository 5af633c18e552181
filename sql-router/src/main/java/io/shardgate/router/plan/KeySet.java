package io.shardgate.router.plan;

import java.util.List;

/// The shard keys that rows of one relation must have to matter for a statement: a formula over [KeySource]s.
///
/// Every row outside the set is proven to change nothing in the statement's result or effects.
public sealed interface KeySet {
  /// The one key at the source; the shape of nearly every statement.
  record One(KeySource source) implements KeySet {}

  /// Any of these.
  record Union(List<KeySet> of) implements KeySet {
    public Union {
      of = List.copyOf(of);
    }
  }

  /// Those that are in each of these.
  record Intersection(List<KeySet> of) implements KeySet {
    public Intersection {
      of = List.copyOf(of);
    }
  }

  /// No key at all: `WHERE false`.
  record Nothing() implements KeySet {}

  /// Every key: nothing is known.
  record Everything() implements KeySet {}
}
