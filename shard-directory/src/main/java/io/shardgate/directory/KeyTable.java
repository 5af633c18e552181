package io.shardgate.directory;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jctools.maps.NonBlockingHashMapLong;
import org.jspecify.annotations.Nullable;

/// The key space of strategy *directory*: each key that was placed, with its owner, as far as this process has heard of it.
/// Thread-safe: concurrent maps; only the store writes.
///
/// A key that is not in here is unknown, not absent: [ShardDirectory#find] knows. Keys come and go without a new version of the map, whose
/// later versions share them; so two tables are equal when they are of one key type and over the same shards.
public final class KeyTable implements KeySpace {
  private final KeyType type;
  private final Set<ShardId> shards;
  private final Keys keys;

  /// What the tables of a map's versions share.
  private record Keys(NonBlockingHashMapLong<ShardId> numbers, Map<KeyValue, ShardId> others, Map<ShardId, LongAdder> counts) {}

  /// An empty one.
  ///
  /// @param shards those that may own keys: all of the map
  public KeyTable(KeyType type, Set<ShardId> shards) {
    this(type, shards, new Keys(new NonBlockingHashMapLong<>(), new ConcurrentHashMap<>(), new ConcurrentHashMap<>()));
  }

  private KeyTable(KeyType type, Set<ShardId> shards, Keys keys) {
    this.type = type;
    this.shards = Set.copyOf(shards);
    this.keys = keys;
  }

  /// The same keys, for a map with other shards.
  public KeyTable over(Set<ShardId> others) {
    return new KeyTable(type, others, keys);
  }

  public KeyType type() {
    return type;
  }

  /// Null for a key that is not known here.
  @Override
  public @Nullable ShardId ownerOf(KeyValue key) {
    return key instanceof KeyValue.OfLong(long number) ? ownerOf(number) : keys.others.get(key);
  }

  /// Null for a key that is not known here. Hot path: allocates nothing.
  @Override
  public @Nullable ShardId ownerOf(long key) {
    return keys.numbers.get(key);
  }

  /// Notes a key's owner. For the store.
  public void put(KeyValue key, ShardId owner) {
    count(key instanceof KeyValue.OfLong(long number) ? keys.numbers.put(number, owner) : keys.others.put(key, owner), -1);
    count(owner, 1);
  }

  /// Whether a key is longer than one that can be placed.
  public static boolean isTooLong(KeyValue key) {
    return switch (key) {
      case KeyValue.OfText(byte[] utf8) -> utf8.length > ShardDirectory.MAX_KEY_BYTES;
      case KeyValue.OfNumeric numeric -> numeric.toString().length() > ShardDirectory.MAX_KEY_BYTES;
      case KeyValue.OfLong _, KeyValue.OfUuid _, KeyValue.OfDate _, KeyValue.OfTimestamp _, KeyValue.SpecialNumeric _ -> false;
    };
  }

  private void count(@Nullable ShardId owner, int change) {
    if (owner != null) {
      keys.counts.computeIfAbsent(owner, _ -> new LongAdder()).add(change);
    }
  }

  /// How many keys are known.
  public long size() {
    return keys.counts.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /// How many keys a shard is known to own.
  public long count(ShardId owner) {
    LongAdder count = keys.counts.get(owner);
    return count == null ? 0 : count.sum();
  }

  /// Hands every known key over, in no order; keys that are put meanwhile may be missing.
  public void forEach(KeyTaker taker) {
    keys.others.forEach(taker::take);
    keys.numbers.forEach((number, owner) -> taker.take(new KeyValue.OfLong(number), owner));
  }

  /// Takes keys.
  public interface KeyTaker {
    void take(KeyValue key, ShardId owner);
  }

  /// Any shard, as the next key may be placed anywhere.
  @Override
  public Set<ShardId> ownersWithin(KeyBounds bounds) {
    return bounds.isEmpty() ? Set.of() : owners();
  }

  /// Every shard, as the next key may be placed anywhere.
  @Override
  public Set<ShardId> owners() {
    return new TreeSet<>(shards);
  }

  @Override
  public Set<ShardId> holders() {
    Set<ShardId> holders = new TreeSet<>();
    keys.counts.forEach((owner, count) -> {
      if (count.sum() > 0) {
        holders.add(owner);
      }
    });
    return holders;
  }

  /// None: keys in no order, of which there may be a million, are no pieces. [#count] says how many.
  @Override
  public List<Piece> pieces() {
    return List.of();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyTable that && type == that.type && shards.equals(that.shards);
  }

  @Override
  public int hashCode() {
    return type.hashCode() * 31 + shards.hashCode();
  }

  @Override
  public String toString() {
    return "KeyTable of " + size() + " " + type.word() + " keys";
  }
}
