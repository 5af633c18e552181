package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RingProperties {
  @Property(tries = 300)
  void everyShardGetsItsWeightedShare(@ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 10_000) Integer> weights) {
    Map<ShardId, Shard> shards = MapExamples.shards(weights.stream().mapToInt(w -> w).toArray());
    List<HashRange> ranges = Ring.cut(shards.values()).ranges();
    assertThat(ranges).hasSize(weights.size());
    assertThat(ranges.getFirst().fromInclusive()).isEqualTo(Long.MIN_VALUE);
    double total = weights.stream().mapToLong(w -> w).sum();
    Map<ShardId, Double> share = new HashMap<>();
    for (int i = 0; i < ranges.size(); i++) {
      double end = i + 1 < ranges.size() ? ranges.get(i + 1).fromInclusive() : 0x1p63;
      share.merge(ranges.get(i).owner(), (end - ranges.get(i).fromInclusive()) / 0x1p64, Double::sum);
    }
    shards.forEach((id, shard) ->
        assertThat(share.get(id)).isBetween(shard.weight() / total * 0.999, shard.weight() / total * 1.001));
  }

  @Property
  void theOwnerIsTheOneWhoseRangeHoldsThePosition(@ForAll long position, @ForAll @IntRange(min = 1, max = 9) int count) {
    HashRing ring = Ring.cut(MapExamples.shards(IntStream.range(0, count).map(i -> i + 1).toArray()).values());
    ShardId owner = ring.ownerAt(position);
    assertThat(ring.rangesOf(owner)).anyMatch(range -> range.first() <= position && position <= range.last());
  }

  @Property(tries = 200)
  void aNewShardTakesItsShareFromTheOthersAndNothingElseMoves(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 1, max = 100) Integer> weights, @ForAll @IntRange(min = 1, max = 100) int weight) {
    List<Shard> before = List.copyOf(MapExamples.shards(weights.stream().mapToInt(w -> w).toArray()).values());
    List<Shard> after = new ArrayList<>(before);
    Shard added = new Shard(new ShardId("added"), before.getFirst().primary(), weight, Map.of());
    after.add(added);
    HashRing present = Ring.cut(before);
    HashRing next = Ring.balanced(present, after);
    double share = weight / (double) after.stream().mapToLong(Shard::weight).sum();
    assertThat(moved(present, next)).allSatisfy((to, amount) -> assertThat(to).isEqualTo(added.id()))
        .extractingByKey(added.id()).satisfies(amount -> assertThat(amount).isBetween(share * 0.999, share * 1.001));
    assertShares(next, after);
  }

  @Property(tries = 200)
  void aLeavingShardGivesUpItsRangesAndNoOtherMoves(
      @ForAll @Size(min = 2, max = 30) List<@IntRange(min = 1, max = 100) Integer> weights, @ForAll @IntRange(min = 0, max = 29) int which) {
    List<Shard> before = List.copyOf(MapExamples.shards(weights.stream().mapToInt(w -> w).toArray()).values());
    Shard leaving = before.get(which % before.size());
    List<Shard> after = before.stream().filter(shard -> shard != leaving).toList();
    HashRing present = Ring.cut(before);
    HashRing next = Ring.balanced(present, after);
    for (HashRing.OwnedRange range : next.ranges().stream().map(HashRange::owner).distinct().flatMap(id -> next.rangesOf(id).stream()).toList()) {
      ShardId was = present.ownerAt(range.first());
      assertThat(was.equals(leaving.id()) || was.equals(next.ownerAt(range.first()))).isTrue();
    }
    assertShares(next, after);
  }

  /// Shards that come and go one by one, many times: shares stay right, the ranges few.
  @Property(tries = 30)
  void sharesStayRightWhateverHappened(@ForAll @Size(min = 1, max = 40) List<@IntRange(min = 0, max = 15) Integer> steps) {
    Map<Integer, Shard> shards = new TreeMap<>();
    Shard first = MapExamples.shards(1).get(new ShardId("s1"));
    shards.put(99, first);
    HashRing ring = Ring.cut(shards.values());
    for (int step : steps) {
      if (shards.remove(step) == null) {
        shards.put(step, new Shard(new ShardId("t" + step), first.primary(), step % 3 + 1, Map.of()));
      }
      ring = Ring.balanced(ring, shards.values());
      assertShares(ring, shards.values());
    }
    assertThat(ring.ranges().size()).isLessThanOrEqualTo(16 * 17);
    assertThat(Ring.balanced(ring, shards.values())).isEqualTo(ring);
  }

  private static void assertShares(HashRing ring, Collection<Shard> shards) {
    double total = shards.stream().mapToLong(Shard::weight).sum();
    for (Shard shard : shards) {
      double share = ring.rangesOf(shard.id()).stream().mapToDouble(range -> (double) range.last() - range.first() + 1).sum() / 0x1p64;
      assertThat(share).isBetween(shard.weight() / total * 0.999, shard.weight() / total * 1.001);
    }
    assertThat(ring.owners()).isEqualTo(shards.stream().map(Shard::id).collect(Collectors.toCollection(TreeSet::new)));
  }

  /// How much of the ring goes to each shard that gets more.
  private static Map<ShardId, Double> moved(HashRing before, HashRing after) {
    SortedSet<Long> cuts = new TreeSet<>();
    before.ranges().forEach(range -> cuts.add(range.fromInclusive()));
    after.ranges().forEach(range -> cuts.add(range.fromInclusive()));
    Map<ShardId, Double> moved = new HashMap<>();
    List<Long> froms = List.copyOf(cuts);
    for (int i = 0; i < froms.size(); i++) {
      double end = i + 1 < froms.size() ? froms.get(i + 1) : 0x1p63;
      ShardId to = after.ownerAt(froms.get(i));
      if (!before.ownerAt(froms.get(i)).equals(to)) {
        moved.merge(to, (end - froms.get(i)) / 0x1p64, Double::sum);
      }
    }
    return moved;
  }
}
