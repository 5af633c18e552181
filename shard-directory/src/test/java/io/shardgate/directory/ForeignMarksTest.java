package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ForeignMarksTest {
  private static final ShardId S1 = new ShardId("s1");
  private static final ShardId S2 = new ShardId("s2");
  private static final ShardId S3 = new ShardId("s3");
  private static final String TOPOLOGY =
      """
      home: s1
      shards:
        s1: { primary: "postgresql://127.0.0.1:55431/app" }
        s2: { primary: "postgresql://127.0.0.1:55432/app" }
        s3: { primary: "postgresql://127.0.0.1:55433/app" }
      groups:
        item: { strategy: hash, key: bigint, tables: { items: id } }
        day: { strategy: range, key: date, tables: { days: day }, splits: [{ until: "2026-01-01", shard: s1 }, { until: "2026-02-01", shard: s2 }, { shard: s1 }] }
        firm: { strategy: directory, key: bigint, tables: { firms: id } }
      """;

  private final ShardMap map = map();

  private static ShardMap map() {
    try {
      ShardMap read = TopologyReader.read(TOPOLOGY, "t.yaml").toMap(MapVersion.FIRST);
      var spaces = new java.util.TreeMap<>(read.keySpaces());
      spaces.put("item", new HashRing(List.of(new HashRange(Long.MIN_VALUE, S1), new HashRange(0, S2), new HashRange(100, S1))));
      ((KeyTable) spaces.get("firm")).put(new KeyValue.OfLong(7), S1);
      return read.withSpaces(spaces);
    } catch (TopologyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyValue date(String text) {
    return KeyText.read(KeyType.DATE, text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)) instanceof KeyText.Reading.Key(KeyValue key) ? key : null;
  }

  private ShardMap marked(String group, ForeignMark... marks) {
    return map.withForeign(ForeignMarks.NONE.with(group, List.of(marks)));
  }

  private void assertRefused(String group, String message, ForeignMark... marks) {
    assertThatThrownBy(() -> marked(group, marks)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
  }

  private static ForeignMark ring(ShardId shard, long first, long last) {
    return new ForeignMark(shard, new Extent.Ring(first, last));
  }

  @Test
  void aMarkIsOfAKnownShardAndOfAPartOfAKnownGroupsKeySpace() {
    assertRefused("other", "group other", ring(S1, 0, 1));
    assertRefused("item", "on shard s9", ring(new ShardId("s9"), 0, 1));
    assertRefused("item", "a part of a hash of bigint", new ForeignMark(S1, new Extent.Single(new KeyValue.OfLong(1))));
    assertRefused("day", "a part of a range of date", new ForeignMark(S2, new Extent.Ordered(new KeyValue.OfLong(1), null)));
    assertRefused("firm", "a part of a directory of bigint", new ForeignMark(S2, new Extent.Single(KeyValue.OfText.of("7"))));
    assertThatThrownBy(() -> new Extent.Ring(1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Extent.Ordered(date("2026-01-01"), date("2026-01-01"))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingOfAShardsOwnIsForeignThere() {
    assertThat(marked("item", ring(S1, 0, 99)).foreign().on(S1, "item")).containsExactly(new Extent.Ring(0, 99));
    assertRefused("item", "which owns it", ring(S1, -1, 99));
    assertRefused("item", "which owns it", ring(S1, 0, 100));
    assertRefused("item", "which owns it", ring(S2, Long.MIN_VALUE, 0));
    assertThat(marked("item", ring(S2, Long.MIN_VALUE, -1), ring(S2, 100, Long.MAX_VALUE)).foreign().of("item")).hasSize(2);
    assertThat(marked("day", new ForeignMark(S1, new Extent.Ordered(date("2026-01-01"), date("2026-02-01")))).foreign().isEmpty()).isFalse();
    assertRefused("day", "which owns it", new ForeignMark(S1, new Extent.Ordered(date("2026-01-01"), date("2026-02-02"))));
    assertRefused("day", "which owns it", new ForeignMark(S1, new Extent.Ordered(date("2025-12-31"), date("2026-01-02"))));
    assertRefused("day", "which owns it", new ForeignMark(S2, new Extent.Ordered(null, null)));
    assertRefused("firm", "which owns it", new ForeignMark(S1, new Extent.Single(new KeyValue.OfLong(7))));
    assertThat(marked("firm", new ForeignMark(S2, new Extent.Single(new KeyValue.OfLong(7)))).foreign().isEmpty()).isFalse();
  }

  @Test
  void noPartIsMarkedTwiceOnAShard() {
    assertRefused("item", "is marked already: 10 to 20", ring(S3, 20, 30), ring(S3, 10, 20));
    assertRefused("day", "is marked already", new ForeignMark(S3, new Extent.Ordered(null, date("2026-01-02"))),
        new ForeignMark(S3, new Extent.Ordered(date("2026-01-01"), null)));
    assertRefused("firm", "is marked already", new ForeignMark(S2, new Extent.Single(new KeyValue.OfLong(8))),
        new ForeignMark(S2, new Extent.Single(new KeyValue.OfLong(8))));
    assertThat(marked("item", ring(S3, 21, 30), ring(S3, 10, 20), ring(S1, 10, 20)).foreign().of("item"))
        .extracting(ForeignMark::toString).isSorted();
  }

  @Test
  void marksBelongToTheMapAndGoOnWithTheirGroup() throws TopologyException {
    ShardMap with = marked("item", ring(S3, 10, 20));
    assertThat(with.version()).isEqualTo(map.version().next());
    assertThat(with).isNotEqualTo(map.withVersion(with.version()));
    assertThat(with.withVersion(new MapVersion(9)).foreign()).isEqualTo(with.foreign());
    assertThat(with.withKeysOf(map).foreign()).isEqualTo(with.foreign());
    Topology wanted = TopologyReader.read(TOPOLOGY.replace("groups:\n", "groups:\n  new: { strategy: hash, key: uuid, tables: { t: id } }\n"), "t.yaml");
    assertThat(wanted.after(with, Map.of()).foreign()).isEqualTo(with.foreign());
    Topology without = TopologyReader.read(TOPOLOGY.replaceAll("  item: .*\n", ""), "t.yaml");
    assertThat(without.after(with, Map.of()).foreign()).isEqualTo(ForeignMarks.NONE);
    Topology smaller = TopologyReader.read(TOPOLOGY.replaceAll("  s3: .*\n", ""), "t.yaml");
    assertThatThrownBy(() -> smaller.after(with, Map.of()))
        .isInstanceOf(TopologyException.class).hasMessageContaining("shard s3 holds rows of group item that are not cleaned yet");
  }

  @Test
  void whatIsOverAPieceIsToldInWholeOrInPart() {
    ForeignMarks marks = marked("item", ring(S3, 0, 50), ring(S1, 0, 99)).foreign();
    assertThat(marks.over(new Extent.Ring(0, 99), "item")).isEqualTo(Map.of(S1, true, S3, false));
    assertThat(marks.over(new Extent.Ring(100, 200), "item")).isEmpty();
    ForeignMarks days = marked("day", new ForeignMark(S3, new Extent.Ordered(date("2026-01-01"), null))).foreign();
    assertThat(days.over(new Extent.Ordered(date("2026-01-01"), date("2026-02-01")), "day")).isEqualTo(Map.of(S3, true));
    assertThat(days.over(new Extent.Ordered(null, date("2026-02-01")), "day")).isEqualTo(Map.of(S3, false));
    assertThat(days.over(new Extent.Ordered(null, date("2026-01-01")), "day")).isEmpty();
  }
}
