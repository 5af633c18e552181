package io.shardgate.directory;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Cuts the ring of 2^64 positions. Positions are chosen, not drawn by lot: every shard gets exactly its weighted share
/// (to one position), in one range, shards in the order of their ids.
public final class Ring {
  private static final BigInteger SIZE = BigInteger.ONE.shiftLeft(64);
  private static final BigInteger FIRST = BigInteger.valueOf(Long.MIN_VALUE);

  private Ring() {}

  /// A first cut for these shards, in ascending order of position; the first range begins at [Long#MIN_VALUE].
  public static List<HashRange> cut(Collection<Shard> shards) {
    SortedMap<ShardId, Shard> byId = new TreeMap<>();
    shards.forEach(shard -> byId.put(shard.id(), shard));
    if (byId.isEmpty()) {
      throw new IllegalArgumentException("shards: none (expected: at least one)");
    }
    long totalWeight = byId.values().stream().mapToLong(Shard::weight).sum();
    List<HashRange> ranges = new ArrayList<>();
    long weightBefore = 0;
    for (Shard shard : byId.values()) {
      BigInteger offset = SIZE.multiply(BigInteger.valueOf(weightBefore)).divide(BigInteger.valueOf(totalWeight));
      ranges.add(new HashRange(FIRST.add(offset).longValueExact(), shard.id()));
      weightBefore += shard.weight();
    }
    return List.copyOf(ranges);
  }
}
