package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The key space of strategy *hash*: a ring of 2^64 positions, cut into ranges. A key's position is its [ShardFunction]. Immutable.
///
/// The ranges are in ascending order, the first begins at [Long#MIN_VALUE], none is empty. The constructor checks it.
public final class HashRing implements KeySpace {
  private final List<HashRange> ranges;

  /// The same as arrays, for the search.
  private final long[] from;

  private final ShardId[] owners;
  private final RangeIndex index;

  public HashRing(List<HashRange> ranges) {
    this.ranges = List.copyOf(ranges);
    if (ranges.isEmpty() || ranges.getFirst().fromInclusive() != Long.MIN_VALUE) {
      throw new IllegalArgumentException("ranges leave a gap at the start of the ring");
    }
    from = new long[ranges.size()];
    owners = new ShardId[ranges.size()];
    Map<ShardId, ShardId> each = new HashMap<>(); // one object for each owner: who is told one has it in the processor's cache
    for (int i = 0; i < from.length; i++) {
      HashRange range = ranges.get(i);
      if (i > 0 && range.fromInclusive() <= from[i - 1]) {
        throw new IllegalArgumentException("ranges overlap at position " + range.fromInclusive());
      }
      from[i] = range.fromInclusive();
      owners[i] = each.computeIfAbsent(range.owner(), owner -> owner);
    }
    index = new RangeIndex(from);
  }

  @Override
  public ShardId ownerOf(KeyValue key) {
    return ownerAt(ShardFunction.hash(key));
  }

  @Override
  public ShardId ownerOf(long key) {
    return ownerAt(ShardFunction.hashLong(key));
  }

  /// The owner of a position. Hot path: allocates nothing.
  public ShardId ownerAt(long position) {
    return owners[index.rangeAt(position)];
  }

  /// Hashes scatter what is neighbours in order.
  @Override
  public Set<ShardId> ownersWithin(KeyBounds bounds) {
    if (bounds.isEmpty()) {
      return Set.of();
    }
    KeyValue low = bounds.low();
    return low != null && low.equals(bounds.high()) ? Set.of(ownerOf(low)) : owners();
  }

  /// The same ring with the range that holds `position` cut there: nothing changes its owner. Empty where a range begins at it.
  public Optional<HashRing> cutAt(long position) {
    List<HashRange> cut = new ArrayList<>(ranges);
    int at = 0;
    while (at < from.length && from[at] < position) {
      at++;
    }
    if (at < from.length && from[at] == position) {
      return Optional.empty();
    }
    cut.add(at, new HashRange(position, ownerAt(position)));
    return Optional.of(new HashRing(cut));
  }

  /// The same ring with the range that begins at `position` joined to the one before it. Empty where none but the first begins there, or
  /// where the two have different owners.
  public Optional<HashRing> joinedAt(long position) {
    for (int i = 1; i < from.length; i++) {
      if (from[i] == position && owners[i].equals(owners[i - 1])) {
        List<HashRange> joined = new ArrayList<>(ranges);
        joined.remove(i);
        return Optional.of(new HashRing(joined));
      }
    }
    return Optional.empty();
  }

  /// Whether a range begins at the position.
  public boolean beginsAt(long position) {
    return Arrays.binarySearch(from, position) >= 0;
  }

  @Override
  public Set<ShardId> owners() {
    return new TreeSet<>(List.of(owners));
  }

  public List<HashRange> ranges() {
    return ranges;
  }

  /// The pieces that the shard owns, in order; neighbours are not joined.
  public List<OwnedRange> rangesOf(ShardId shard) {
    List<OwnedRange> owned = new ArrayList<>();
    for (int i = 0; i < from.length; i++) {
      if (owners[i].equals(shard)) {
        owned.add(new OwnedRange(from[i], i + 1 < from.length ? from[i + 1] - 1 : Long.MAX_VALUE));
      }
    }
    return List.copyOf(owned);
  }

  /// Both ends belong to the range, so that the last position of the ring can be said.
  public record OwnedRange(long first, long last) {}

  @Override
  public List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < from.length; i++) {
      boolean last = i + 1 == from.length;
      Extent extent = new Extent.Ring(from[i], last ? Long.MAX_VALUE : from[i + 1] - 1);
      pieces.add(new Piece(Long.toString(from[i]), last ? null : Long.toString(from[i + 1]), owners[i], extent));
    }
    return pieces;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HashRing that && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return "HashRing " + ranges;
  }
}
