package io.shardgate.directory;

/// Where ranges begin, and an index over the top bits of what lies between the first beginning and the last, so that a search touches memory two or three
/// times instead of once for each halving. Immutable.
///
/// The space between is cut into slices of one size, a power of two, about as many as there are ranges. `before[s]` is the range that holds the
/// beginning of slice `s`; who looks for a position in that slice has to search from there to `before[s + 1]` only. Ranges that crowd in one slice are
/// found by halving, as without the index.
final class RangeIndex {
  private final long[] from;
  private final int[] before;
  private final int shift;

  /// @param from where ranges begin, ascending; at least one
  RangeIndex(long[] from) {
    this.from = from;
    long span = from[from.length - 1] - from[0]; // unsigned
    int spanBits = Long.SIZE - Long.numberOfLeadingZeros(span);
    int indexBits = Integer.SIZE - Integer.numberOfLeadingZeros(from.length - 1);
    shift = Math.max(0, spanBits - indexBits);
    before = new int[(int) (span >>> shift) + 2];
    int range = 0;
    for (int slice = 0; slice < before.length - 1; slice++) {
      long begins = (long) slice << shift;
      while (range + 1 < from.length && Long.compareUnsigned(from[range + 1] - from[0], begins) <= 0) {
        range++;
      }
      before[slice] = range;
    }
    before[before.length - 1] = from.length - 1;
  }

  /// The number of the last range that begins at the position or before it, from 0; -1 when all begin behind it. Hot path: allocates nothing.
  int rangeAt(long position) {
    if (position < from[0]) {
      return -1;
    }
    if (position >= from[from.length - 1]) {
      return from.length - 1;
    }
    int slice = (int) ((position - from[0]) >>> shift);
    int low = before[slice];
    int high = before[slice + 1];
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (from[middle] <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
