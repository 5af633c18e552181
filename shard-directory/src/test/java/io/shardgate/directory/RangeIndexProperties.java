package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class RangeIndexProperties {
  @Property
  void theRangeIsTheOneThatHalvingFinds(@ForAll("beginnings") long[] from, @ForAll long position) {
    assertFinds(from, position);
  }

  /// Rings of any shape: spread over the whole space, at its ends, all in one corner that shares its first bits, and of both kinds at once.
  @Provide
  Arbitrary<long[]> beginnings() {
    Arbitrary<Long> spread = Arbitraries.longs();
    Arbitrary<Long> ends = Arbitraries.of(Long.MIN_VALUE, Long.MIN_VALUE + 1, -1L, 0L, 1L, Long.MAX_VALUE - 1, Long.MAX_VALUE);
    Arbitrary<Long> crowd = Arbitraries.longs().between(0x0123_4567_89ab_0000L, 0x0123_4567_89ab_0100L);
    return Arbitraries.of(List.of(spread, ends, crowd, Arbitraries.oneOf(spread, ends, crowd)))
        .flatMap(kind -> kind.list().ofMinSize(1).ofMaxSize(200))
        .map(list -> list.stream().mapToLong(Long::longValue).sorted().distinct().toArray());
  }

  /// The given position, and all that are next to a beginning.
  private static void assertFinds(long[] from, long position) {
    RangeIndex index = new RangeIndex(from);
    LongStream.concat(LongStream.of(position, Long.MIN_VALUE, 0, Long.MAX_VALUE), Arrays.stream(from).flatMap(at -> LongStream.of(at - 1, at, at + 1)))
        .forEach(at -> assertThat(index.rangeAt(at)).as("%s in %s", at, from).isEqualTo(halving(from, at)));
  }

  private static int halving(long[] from, long position) {
    int found = Arrays.binarySearch(from, position);
    return found >= 0 ? found : -found - 2;
  }

  @Example
  void manyRangesAreFoundWhereverTheyCrowd() {
    SplittableRandom random = new SplittableRandom(7);
    for (int bits : new int[] {18, 32, 48, 64}) {
      long[] from = random.longs(100_000).map(number -> number >> Long.SIZE - bits).sorted().distinct().toArray();
      RangeIndex index = new RangeIndex(from);
      random.longs(100_000).map(number -> number >> Long.SIZE - bits).forEach(at -> {
        if (index.rangeAt(at) != halving(from, at)) {
          assertThat(index.rangeAt(at)).as("%s of %s bits", at, bits).isEqualTo(halving(from, at));
        }
      });
      assertFinds(Arrays.copyOf(from, 300), 0);
    }
  }

  @Property
  void aRingAndOrderedKeysHaveTheOwnerOfTheRange(@ForAll("beginnings") long[] from, @ForAll long key, @ForAll @LongRange(min = 1, max = 5) long shards) {
    List<HashRange> ring = new ArrayList<>(List.of(new HashRange(Long.MIN_VALUE, shard(0, shards))));
    List<KeyRange> keys = new ArrayList<>(List.of(new KeyRange(null, shard(0, shards))));
    for (long begins : from) {
      if (begins != Long.MIN_VALUE) {
        ring.add(new HashRange(begins, shard(ring.size(), shards)));
        keys.add(new KeyRange(new KeyValue.OfLong(begins), shard(keys.size(), shards)));
      }
    }
    HashRing hash = new HashRing(ring);
    OrderedKeys ordered = new OrderedKeys(KeyType.BIGINT, keys);
    for (long at : new long[] {key, Long.MIN_VALUE, Long.MAX_VALUE, from[from.length / 2]}) {
      int range = halving(ring.stream().mapToLong(HashRange::fromInclusive).toArray(), at);
      assertThat(hash.ownerAt(at)).isEqualTo(shard(range, shards));
      assertThat(ordered.ownerOf(at)).isEqualTo(ordered.ownerOf(new KeyValue.OfLong(at))).isEqualTo(shard(range, shards));
    }
  }

  private static ShardId shard(int range, long shards) {
    return new ShardId("s" + range % shards);
  }

  @Example
  void rangesOfOneOwnerShareItsObject() {
    HashRing ring = new HashRing(List.of(new HashRange(Long.MIN_VALUE, shard(0, 2)), new HashRange(0, shard(1, 2)), new HashRange(9, shard(2, 2))));
    assertThat(ring.ownerAt(9)).isSameAs(ring.ownerAt(-1));
    OrderedKeys keys = new OrderedKeys(KeyType.DATE, List.of(new KeyRange(null, shard(0, 2)), new KeyRange(new KeyValue.OfDate(7), shard(2, 2))));
    assertThat(keys.ownerOf(new KeyValue.OfDate(7))).isSameAs(keys.ownerOf(new KeyValue.OfDate(6)));
  }

  @Example
  void aKeyOfAnotherTypeHasNoRange() {
    OrderedKeys dates = new OrderedKeys(KeyType.DATE, List.of(new KeyRange(null, shard(0, 2)), new KeyRange(new KeyValue.OfDate(7), shard(1, 2))));
    assertThat(dates.ownerOf(new KeyValue.OfDate(6))).isEqualTo(shard(0, 2));
    assertThat(dates.ownerOf(new KeyValue.OfDate(7))).isEqualTo(shard(1, 2));
    assertThatThrownBy(() -> dates.ownerOf(new KeyValue.OfTimestamp(7, false))).hasMessage("key type: timestamp (expected: date)");
    assertThatThrownBy(() -> dates.ownerOf(7)).hasMessage("key type: bigint (expected: date)");
  }
}
