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

/// The key space of strategy *range*: the keys in their order ([KeyOrder]), cut at chosen keys. Immutable.
///
/// The ranges are in ascending order, the first has no lower bound, none is empty, all bounds are of one key type. The constructor checks it.
public final class OrderedKeys implements KeySpace {
  private final KeyType type;
  private final List<KeyRange> ranges;

  /// Where ranges 1, 2, … begin.
  private final KeyValue[] bounds;

  /// The same for keys that are kept as numbers, where there is more than one range.
  private final @Nullable RangeIndex numbers;

  private final ShardId[] owners;

  public OrderedKeys(KeyType type, List<KeyRange> ranges) {
    this.type = type;
    this.ranges = List.copyOf(ranges);
    if (ranges.isEmpty() || ranges.getFirst().from() != null) {
      throw new IllegalArgumentException("ranges leave a gap at the start");
    }
    Map<ShardId, ShardId> each = new HashMap<>(); // one object for each owner: who is told one has it in the processor's cache
    owners = ranges.stream().map(range -> each.computeIfAbsent(range.owner(), owner -> owner)).toArray(ShardId[]::new);
    bounds = ranges.stream().skip(1).map(OrderedKeys::bound).toArray(KeyValue[]::new);
    for (int i = 0; i < bounds.length; i++) {
      if (bounds[i].type() != type) {
        throw new IllegalArgumentException("bound " + bounds[i] + " is a " + bounds[i].type().word() + " (expected: " + type.word() + ")");
      }
      if (i > 0 && KeyOrder.INSTANCE.compare(bounds[i - 1], bounds[i]) >= 0) {
        throw new IllegalArgumentException("ranges overlap at " + bounds[i]);
      }
    }
    numbers = bounds.length > 0 && isNumber(bounds[0]) ? new RangeIndex(Arrays.stream(bounds).mapToLong(OrderedKeys::number).toArray()) : null;
  }

  private static KeyValue bound(KeyRange range) {
    KeyValue from = range.from();
    if (from == null) {
      throw new IllegalArgumentException("ranges overlap: one but the first has no lower bound");
    }
    return from;
  }

  private static boolean isNumber(KeyValue key) {
    return switch (key) {
      case KeyValue.OfLong _, KeyValue.OfDate _, KeyValue.OfTimestamp _ -> true;
      case KeyValue.OfText _, KeyValue.OfUuid _, KeyValue.OfNumeric _, KeyValue.SpecialNumeric _ -> false;
    };
  }

  /// The number that is ordered as the key is among those of its type.
  private static long number(KeyValue key) {
    return switch (key) {
      case KeyValue.OfLong(long value) -> value;
      case KeyValue.OfDate(int days) -> days;
      case KeyValue.OfTimestamp(long micros, boolean _) -> micros;
      case KeyValue.OfText _, KeyValue.OfUuid _, KeyValue.OfNumeric _, KeyValue.SpecialNumeric _ ->
          throw new IllegalArgumentException("key type: " + key.type() + " (expected: one that is kept as a number)");
    };
  }

  @Override
  public ShardId ownerOf(KeyValue key) {
    return owners[rangeOf(key)];
  }

  @Override
  public ShardId ownerOf(long key) {
    if (type != KeyType.BIGINT) {
      throw new IllegalArgumentException("key type: bigint (expected: " + type.word() + ")");
    }
    return owners[numbers == null ? 0 : numbers.rangeAt(key) + 1];
  }

  /// The number of the range that holds a key.
  private int rangeOf(KeyValue key) {
    if (numbers != null) {
      if (key.type() != type) {
        throw new IllegalArgumentException("key type: " + key.type().word() + " (expected: " + type.word() + ")");
      }
      return numbers.rangeAt(number(key)) + 1;
    }
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

  /// The same space with the range that holds `key` cut there: nothing changes its owner. Empty where a range begins at it.
  public Optional<OrderedKeys> cutAt(KeyValue key) {
    if (beginsAt(key)) {
      return Optional.empty();
    }
    int range = rangeOf(key);
    List<KeyRange> cut = new ArrayList<>(ranges);
    cut.add(range + 1, new KeyRange(key, owners[range]));
    return Optional.of(new OrderedKeys(type, cut));
  }

  /// The same space with the range that begins at `key` joined to the one before it. Empty where none begins there, or where the two have
  /// different owners.
  public Optional<OrderedKeys> joinedAt(KeyValue key) {
    int range = rangeOf(key);
    if (!beginsAt(key) || !owners[range].equals(owners[range - 1])) {
      return Optional.empty();
    }
    List<KeyRange> joined = new ArrayList<>(ranges);
    joined.remove(range);
    return Optional.of(new OrderedKeys(type, joined));
  }

  /// Whether a range begins at the key, which is of this space's type.
  public boolean beginsAt(KeyValue key) {
    int range = rangeOf(key);
    return range > 0 && KeyOrder.INSTANCE.compare(bounds[range - 1], key) == 0;
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
