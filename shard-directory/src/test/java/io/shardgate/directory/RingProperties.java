package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RingProperties {
  @Property(tries = 300)
  void everyShardGetsItsWeightedShare(@ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 10_000) Integer> weights) {
    Map<ShardId, Shard> shards = MapExamples.shards(weights.stream().mapToInt(w -> w).toArray());
    List<HashRange> ranges = Ring.cut(shards.values());
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
    ShardMap map = MapExamples.topology(MapExamples.shards(IntStream.range(0, Math.max(2, count)).map(i -> i + 1).toArray()))
        .toMap(MapVersion.FIRST);
    Group group = map.groups().get("customer");
    ShardId owner = map.ownerAt(group, position);
    assertThat(map.rangesOf(group, owner)).anyMatch(range -> range.first() <= position && position <= range.last());
  }
}
