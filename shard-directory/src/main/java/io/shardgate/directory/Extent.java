package io.shardgate.directory;

import org.jspecify.annotations.Nullable;

/// A part of a group's key space, as its strategy cuts it. Immutable.
public sealed interface Extent {
  /// Positions of the ring, of strategy *hash*. Both ends belong to it, so that the last position can be said.
  record Ring(long first, long last) implements Extent {
    public Ring {
      if (first > last) {
        throw new IllegalArgumentException("positions " + first + " to " + last + " (expected: at least one)");
      }
    }

    @Override
    public String toString() {
      return first + " to " + last;
    }
  }

  /// Keys in their order, of strategy *range*: `from` is in it, `until` is not; null where there is no bound.
  record Ordered(@Nullable KeyValue from, @Nullable KeyValue until) implements Extent {
    public Ordered {
      if (new KeyBounds(from, until, true).isEmpty()) {
        throw new IllegalArgumentException("keys from " + from + " until " + until + " (expected: room for one)");
      }
    }

    @Override
    public String toString() {
      return (from == null ? "the first" : "from " + from) + (until == null ? " to the last" : " until " + until);
    }
  }

  /// One key, of strategy *directory*.
  record Single(KeyValue key) implements Extent {
    @Override
    public String toString() {
      return "key " + key;
    }
  }
}
