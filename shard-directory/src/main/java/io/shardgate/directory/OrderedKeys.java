package io.shardgate.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The key space of strategy *range*: the keys in their order ([KeyOrder]), cut at chosen keys. Immutable.
///
/// The ranges are in ascending order, the first has no lower bound, none is empty, all bounds are of one key type. The constructor checks it.
public final class OrderedKeys implements KeySpace {
  private final KeyType type;
  private final List<KeyRange> ranges;

  /// Where ranges 1, 2, … begin.
  private final KeyValue[] bounds;

  /// The same for bigint keys, else empty.
  private final long[] numbers;

  private final ShardId[] owners;

  public OrderedKeys(KeyType type, List<KeyRange> ranges) {
    this.type = type;
    this.ranges = List.copyOf(ranges);
    if (ranges.isEmpty() || ranges.getFirst().from() != null) {
      throw new IllegalArgumentException("ranges leave a gap at the start");
    }
    owners = ranges.stream().map(KeyRange::owner).toArray(ShardId[]::new);
    bounds = ranges.stream().skip(1).map(OrderedKeys::bound).toArray(KeyValue[]::new);
    for (int i = 0; i < bounds.length; i++) {
      if (bounds[i].type() != type) {
        throw new IllegalArgumentException("bound " + bounds[i] + " is a " + bounds[i].type().word() + " (expected: " + type.word() + ")");
      }
      if (i > 0 && KeyOrder.INSTANCE.compare(bounds[i - 1], bounds[i]) >= 0) {
        throw new IllegalArgumentException("ranges overlap at " + bounds[i]);
      }
    }
    numbers = type == KeyType.BIGINT ? ranges.stream().skip(1).mapToLong(range -> ((KeyValue.OfLong) bound(range)).value()).toArray() : new long[0];
  }

  private static KeyValue bound(KeyRange range) {
    KeyValue from = range.from();
    if (from == null) {
      throw new IllegalArgumentException("ranges overlap: one but the first has no lower bound");
    }
    return from;
  }

  @Override
  public ShardId ownerOf(KeyValue key) {
    return key instanceof KeyValue.OfLong(long number) ? ownerOf(number) : owners[rangeOf(key)];
  }

  @Override
  public ShardId ownerOf(long key) {
    if (type != KeyType.BIGINT) {
      throw new IllegalArgumentException("key type: bigint (expected: " + type.word() + ")");
    }
    int low = 0;
    int high = numbers.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[middle] <= key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return owners[low];
  }

  /// The number of the range that holds a key.
  private int rangeOf(KeyValue key) {
    int low = 0;
    int high = bounds.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (KeyOrder.INSTANCE.compare(bounds[middle], key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public Set<ShardId> ownersWithin(KeyBounds within) {
    Set<ShardId> found = new TreeSet<>();
    if (!within.isEmpty()) {
      int last = lastRange(within);
      for (int i = within.low() == null ? 0 : rangeOf(within.low()); i <= last; i++) {
        found.add(owners[i]);
      }
    }
    return found;
  }

  private int lastRange(KeyBounds within) {
    KeyValue high = within.high();
    if (high == null) {
      return bounds.length;
    }
    int range = rangeOf(high);
    boolean begins = range > 0 && KeyOrder.INSTANCE.compare(bounds[range - 1], high) == 0;
    return begins && within.highExcluded() ? range - 1 : range;
  }

  @Override
  public Set<ShardId> owners() {
    return new TreeSet<>(List.of(owners));
  }

  public KeyType type() {
    return type;
  }

  public List<KeyRange> ranges() {
    return ranges;
  }

  /// The same space with neighbours of one owner joined: two that are equal give every key the same owner.
  OrderedKeys joined() {
    List<KeyRange> joined = new ArrayList<>();
    for (KeyRange range : ranges) {
      if (joined.isEmpty() || !joined.getLast().owner().equals(range.owner())) {
        joined.add(range);
      }
    }
    return new OrderedKeys(type, joined);
  }

  @Override
  public List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < owners.length; i++) {
      KeyValue from = i == 0 ? null : bounds[i - 1];
      KeyValue until = i < bounds.length ? bounds[i] : null;
      pieces.add(new Piece(text(from), text(until), owners[i], new Extent.Ordered(from, until)));
    }
    return pieces;
  }

  private static @Nullable String text(@Nullable KeyValue bound) {
    return bound == null ? null : bound.toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OrderedKeys that && type == that.type && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return "OrderedKeys " + ranges;
  }
}
