package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OrderedKeysTest {
  private static final String SHARDS = """
      home: s1
      shards:
        s1: { primary: "postgresql://127.0.0.1:55431/app" }
        s2: { primary: "postgresql://127.0.0.1:55432/app" }
        s3: { primary: "postgresql://127.0.0.1:55433/app" }
      """;
  private static final ShardId S1 = new ShardId("s1");
  private static final ShardId S2 = new ShardId("s2");
  private static final ShardId S3 = new ShardId("s3");

  @Test
  void untilIsExclusiveForEveryKeyType() throws TopologyException {
    assertOwners("bigint", "10", "20", List.of("-9223372036854775808", "9"), List.of("10", "19"), List.of("20", "9223372036854775807"));
    assertOwners("text", "b", "ä", List.of("", "B", "azzz"), List.of("b", "z", "b "), List.of("ä", "äa", "😀"));
    assertOwners("uuid", "10000000-0000-0000-0000-000000000000", "f0000000-0000-0000-0000-000000000000",
        List.of("0fffffff-ffff-ffff-ffff-ffffffffffff"), List.of("10000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000000"),
        List.of("f0000000-0000-0000-0000-000000000000"));
    assertOwners("date", "2026-01-01", "2026-02-01", List.of("2025-12-31", "-infinity", "0001-01-01"), List.of("2026-01-01", "2026-01-31"),
        List.of("2026-02-01", "infinity"));
    assertOwners("timestamp", "2026-01-01", "2026-01-01 12:00", List.of("2025-12-31 23:59:59.999999"), List.of("2026-01-01", "2026-01-01 11:59:59"),
        List.of("2026-01-01 12:00:00"));
    assertOwners("timestamptz", "2026-01-01", "2026-01-01 12:00+02", List.of("2026-01-01 00:59+01"), List.of("2026-01-01 00:00Z", "2026-01-01 09:59Z"),
        List.of("2026-01-01 10:00:00+00"));
    assertOwners("numeric", "0.5", "1e3", List.of("-Infinity", "0.49999999999999999999", "-1000"), List.of("0.50", "999.99"),
        List.of("1000", "1000.0", "Infinity", "NaN"));
  }

  private static void assertOwners(String type, String first, String second, List<String> low, List<String> middle, List<String> high)
      throws TopologyException {
    ShardMap map = map(type, "[{ until: \"" + first + "\", shard: s1 }, { until: \"" + second + "\", shard: s2 }, { shard: s3 }]");
    Map<ShardId, List<String>> expected = Map.of(S1, low, S2, middle, S3, high);
    expected.forEach((shard, keys) ->
        keys.forEach(key -> assertThat(map.ownerOf(map.groups().get("g"), key(type, key))).as(type + " " + key).isEqualTo(shard)));
  }

  private static KeyValue key(String type, String text) {
    KeyText.Reading reading = KeyText.read(KeyType.of(type).orElseThrow(), text.getBytes(StandardCharsets.UTF_8));
    assertThat(reading).as(text).isInstanceOf(KeyText.Reading.Key.class);
    return ((KeyText.Reading.Key) reading).value();
  }

  private static ShardMap map(String type, String splits) throws TopologyException {
    return topology(type, splits).toMap(MapVersion.FIRST);
  }

  private static Topology topology(String type, String splits) throws TopologyException {
    return TopologyReader.read(
        SHARDS + "groups: { g: { strategy: range, key: " + type + ", tables: { t: k }" + (splits.isEmpty() ? "" : ", splits: " + splits) + " } }", "t.yaml");
  }

  @Test
  void ownersWithinBoundsAreThoseOfThePiecesBetween() throws TopologyException {
    KeySpace space = map("bigint", "[{ until: 10, shard: s1 }, { until: 20, shard: s2 }, { shard: s3 }]").keySpaces().get("g");
    assertThat(space.ownersWithin(bounds(0L, 9L))).containsExactly(S1);
    assertThat(space.ownersWithin(bounds(9L, 10L))).containsExactly(S1, S2);
    assertThat(space.ownersWithin(bounds(10L, 19L))).containsExactly(S2);
    assertThat(space.ownersWithin(bounds(null, 5L))).containsExactly(S1);
    assertThat(space.ownersWithin(bounds(20L, null))).containsExactly(S3);
    assertThat(space.ownersWithin(bounds(5L, 4L))).isEmpty();
    assertThat(space.ownersWithin(new KeyBounds(new KeyValue.OfLong(0), new KeyValue.OfLong(10), true))).containsExactly(S1);
    assertThat(space.ownersWithin(new KeyBounds(new KeyValue.OfLong(0), new KeyValue.OfLong(11), true))).containsExactly(S1, S2);
    assertThat(space.ownersWithin(new KeyBounds(new KeyValue.OfLong(10), new KeyValue.OfLong(10), true))).isEmpty();
    assertThat(space.ownersWithin(KeyBounds.ALL)).containsExactly(S1, S2, S3);
  }

  private static KeyBounds bounds(Long low, Long high) {
    return new KeyBounds(low == null ? null : new KeyValue.OfLong(low), high == null ? null : new KeyValue.OfLong(high), false);
  }

  @Test
  void everyFaultOfSplitsIsToldWithItsLine() {
    assertFault("bigint", "[{ until: 10, shard: s1 }, { until: 10, shard: s2 }, { shard: s3 }]", "until 10 of group g is not above 10");
    assertFault("bigint", "[{ until: x, shard: s1 }, { shard: s3 }]", "until of group g is no bigint (expected: a whole number such as 1000000)");
    assertFault("date", "[{ until: \"01/02/2026\", shard: s1 }, { shard: s3 }]", "until of group g is no date (expected: such as \"2026-01-01\")");
    assertFault("bigint", "[{ until: 10, shard: s9 }, { shard: s3 }]", "a split of group g is on shard s9 (expected: one of [s1, s2, s3])");
    assertFault("bigint", "[{ shard: s1 }, { shard: s3 }]", "a split of group g has no until");
    assertFault("bigint", "[{ until: 10, shard: s1 }]", "the last split of group g has until");
    assertFault("bigint", "[]", "splits of group g has 0 entries");
    assertFault("bigint", "[{ until: 10 }, { shard: s3 }]", "a split of group g has no shard");
  }

  private static void assertFault(String type, String splits, String message) {
    TopologyException e = catchThrowableOfType(TopologyException.class, () -> topology(type, splits));
    assertThat(e).as(splits).hasMessageContaining(message).hasMessageContaining("t.yaml:6");
  }

  @Test
  void aNewGroupNeedsSplitsAndAPresentOneKeepsItsOwn() throws TopologyException {
    assertThatThrownBy(() -> map("bigint", "")).hasMessageContaining("group g has no splits");
    ShardMap map = map("bigint", "[{ until: 10, shard: s1 }, { shard: s2 }]");
    ExistingTables existing = new ExistingTables(Map.of(TableName.parse("t"), Map.of(S1, 0L, S2, 0L)), true);
    assertThat(topology("bigint", "").after(map, existing)).isSameAs(map);
    assertThat(topology("bigint", "[{ until: 5, shard: s1 }, { until: 10, shard: s1 }, { shard: s2 }]").after(map, existing)).isSameAs(map);
    Topology moved = topology("bigint", "[{ until: 11, shard: s1 }, { shard: s2 }]");
    assertThat(moved.replaced(map)).containsExactly(TableName.parse("t"));
    assertThatThrownBy(() -> moved.after(map, existing)).hasMessageContaining(
        "splits would move rows of table t, which exists on [s1, s2] (expected: no splits, or those in force: [{ until: \"10\", shard: s1 }, { shard: s2 }])");
    assertThat(moved.after(map, ExistingTables.NONE).keySpaces().get("g").ownerOf(10)).as("no table, no rows").isEqualTo(S1);
  }

  @Test
  void aGroupWithoutTablesMayBeginAnewWithAnotherKeyOrStrategy() throws TopologyException {
    ShardMap map = map("bigint", "[{ until: 10, shard: s1 }, { shard: s2 }]");
    assertThatThrownBy(() -> topology("date", "").after(map, ExistingTables.NONE)).hasMessageContaining("group g has no splits");
    Topology dates = topology("date", "[{ until: \"2026-01-01\", shard: s1 }, { shard: s2 }]");
    assertThat(dates.replaced(map)).containsExactly(TableName.parse("t"));
    assertThat(((OrderedKeys) dates.after(map, ExistingTables.NONE).keySpaces().get("g")).type()).isEqualTo(KeyType.DATE);
    assertThatThrownBy(() -> dates.after(map, new ExistingTables(Map.of(TableName.parse("t"), Map.of(S1, 0L)), true))).hasMessageContaining(
        "table t is in group g by range of k, of type date, and was in group g by range of k, of type bigint, but it exists on [s1]");
  }

  @Test
  void wrongRangesAreRefused() {
    assertThatThrownBy(() -> new OrderedKeys(KeyType.BIGINT, List.of())).hasMessageContaining("gap");
    assertThatThrownBy(() -> ranges(5L)).hasMessageContaining("gap");
    assertThatThrownBy(() -> ranges(null, 5L, 5L)).hasMessageContaining("overlap");
    assertThatThrownBy(() -> ranges(null, 5L, null)).hasMessageContaining("overlap");
    assertThatThrownBy(() -> new OrderedKeys(KeyType.TEXT, ranges(null, 5L).ranges())).hasMessageContaining("expected: text");
  }

  private static OrderedKeys ranges(Long... from) {
    return new OrderedKeys(KeyType.BIGINT, Arrays.stream(from).map(key -> new KeyRange(key == null ? null : new KeyValue.OfLong(key), S1)).toList());
  }

  @Test
  void infinitiesMeanTheSameUnderAllSettings() {
    for (String text : List.of("infinity", "INFINITY", " Infinity\t")) {
      assertThat(key("date", text)).isEqualTo(new KeyValue.OfDate(Integer.MAX_VALUE));
      assertThat(key("timestamp", text)).isEqualTo(new KeyValue.OfTimestamp(Long.MAX_VALUE, false));
      assertThat(key("timestamptz", text)).isEqualTo(new KeyValue.OfTimestamp(Long.MAX_VALUE, true));
      assertThat(key("date", text.strip().replaceFirst("^", "-"))).isEqualTo(new KeyValue.OfDate(Integer.MIN_VALUE));
      assertThat(key("timestamptz", text.strip().replaceFirst("^", "-"))).isEqualTo(new KeyValue.OfTimestamp(Long.MIN_VALUE, true));
    }
    for (String text : List.of("infinity", "Infinity", "+INFINITY", "inf", "+Inf")) {
      assertThat(key("numeric", text)).as(text).isEqualTo(KeyValue.SpecialNumeric.INFINITY);
    }
    for (String text : List.of("-infinity", "-Infinity", "-INF")) {
      assertThat(key("numeric", text)).as(text).isEqualTo(KeyValue.SpecialNumeric.MINUS_INFINITY);
    }
    for (String text : List.of("NaN", "nan", " NAN ")) {
      assertThat(key("numeric", text)).as(text).isEqualTo(KeyValue.SpecialNumeric.NAN);
    }
    for (String text : List.of("+infinity", "infinit", "ınfinity", "inf")) { // with a plus sign not every version takes it
      assertThat(KeyText.read(KeyType.DATE, text.getBytes(StandardCharsets.UTF_8))).as(text).isInstanceOf(KeyText.Reading.Unknown.class);
    }
  }

  @Test
  void spellingsThatDependOnTheSessionAreNoKeys() {
    for (String text : List.of("01/02/2026", "today", "now", "2026-1-2", "20260102", "2026-02-30", "2026-01-02 25:00", "2026-01-02 24:00", "10000-01-01",
        "0000-01-01", "2026-01-02 BC", "2026-01-02 10:00:00.1234567")) {
      for (KeyType type : Set.of(KeyType.DATE, KeyType.TIMESTAMP, KeyType.TIMESTAMPTZ)) {
        assertThat(KeyText.read(type, text.getBytes(StandardCharsets.UTF_8))).as(text).isInstanceOf(KeyText.Reading.Unknown.class);
      }
    }
    assertThat(KeyText.read(KeyType.TIMESTAMPTZ, "2026-01-02 10:00".getBytes(StandardCharsets.UTF_8))).isInstanceOf(KeyText.Reading.Unknown.class);
    assertThat(KeyText.read(KeyType.TIMESTAMP, "2026-01-02 10:00Z".getBytes(StandardCharsets.UTF_8))).isInstanceOf(KeyText.Reading.Unknown.class);
  }
}
