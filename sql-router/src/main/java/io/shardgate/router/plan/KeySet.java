package io.shardgate.router.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /// From the key at one source up to the key at the other, as far as they can be told; null where there is no bound. `low` may be one that
  /// the condition excludes.
  ///
  /// @param highExcluded whether `high` itself is not within
  record Within(@Nullable KeySource low, @Nullable KeySource high, boolean highExcluded) implements KeySet {}

  /// No key at all: `WHERE false`.
  record Nothing() implements KeySet {}

  /// Every key: nothing is known.
  record Everything() implements KeySet {}

  /// A set without [Within] that this one is a part of: for key spaces in which neighbours in order are strewn.
  default KeySet withoutBounds() {
    return switch (this) {
      case One _, Nothing _, Everything _ -> this;
      case Within _ -> new Everything();
      case Union(List<KeySet> sets) -> {
        List<KeySet> wider = sets.stream().map(KeySet::withoutBounds).toList();
        yield wider.stream().anyMatch(Everything.class::isInstance) ? new Everything() : new Union(wider);
      }
      case Intersection(List<KeySet> sets) -> {
        List<KeySet> wider = sets.stream().map(KeySet::withoutBounds).filter(set -> !(set instanceof Everything)).toList();
        yield wider.isEmpty() ? new Everything() : wider.size() == 1 ? wider.getFirst() : new Intersection(wider);
      }
    };
  }
}
