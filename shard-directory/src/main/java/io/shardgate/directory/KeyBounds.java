package io.shardgate.directory;

import org.jspecify.annotations.Nullable;

/// Keys from `low` up to `high`; null where there is no bound. A `low` that a query excludes is included here: one key more to look at,
/// never one less.
///
/// @param highExcluded whether `high` itself is not within
public record KeyBounds(@Nullable KeyValue low, @Nullable KeyValue high, boolean highExcluded) {
  /// Every key.
  public static final KeyBounds ALL = new KeyBounds(null, null, false);

  /// Whether no key lies within.
  public boolean isEmpty() {
    if (low == null || high == null) {
      return false;
    }
    int order = KeyOrder.INSTANCE.compare(low, high);
    return order > 0 || (order == 0 && highExcluded);
  }
}
