package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Where a group begins whose tables are on shards already.
final class AdoptionTest {
  private static final ShardId S1 = new ShardId("s1");
  private static final ShardId S2 = new ShardId("s2");
  private static final TableName T = TableName.parse("t");
  private static final TableName U = TableName.parse("u");

  private static Topology topology(String groups) throws TopologyException {
    return TopologyReader.read(
        """
        home: s1
        shards:
          s1: { primary: "postgresql://127.0.0.1:1/app" }
          s2: { primary: "postgresql://127.0.0.1:2/app" }
        """ + groups, "t.yaml");
  }

  private static Topology hash() throws TopologyException {
    return topology("groups: { g: { strategy: hash, key: bigint, tables: { t: k, u: k } } }");
  }

  private static ShardMap empty() throws TopologyException {
    return topology("").toMap(MapVersion.FIRST);
  }

  private static ExistingTables inUse(Map<TableName, Map<ShardId, Long>> rows) {
    return new ExistingTables(rows, true);
  }

  private static String refused(Topology wanted, ShardMap current, ExistingTables existing) {
    return String.join("\n", catchThrowableOfType(TopologyException.class, () -> wanted.after(current, existing)).faults());
  }

  @Test
  void tablesThatAreNowhereAreCutOverAllShards() throws TopologyException {
    assertThat(hash().after(empty(), ExistingTables.NONE).keySpaces().get("g").owners()).containsExactly(S1, S2);
  }

  @Test
  void aGroupWithRowsOnOneShardBeginsThere() throws TopologyException {
    ExistingTables existing = inUse(Map.of(T, Map.of(S1, 3L), U, Map.of(S1, 0L, S2, 0L)));
    assertThat(hash().after(empty(), existing).keySpaces().get("g").owners()).containsExactly(S1);
    assertThat(hash().toMap(MapVersion.FIRST, new ExistingTables(Map.of(T, Map.of(S2, 3L), U, Map.of(S1, 0L)), false)).keySpaces().get("g").owners())
        .as("nobody is served yet, so an empty table at home says nothing").containsExactly(S2);
  }

  @Test
  void aTableWithoutRowsOnTheHomeShardThatClientsUseKeepsTheGroupThere() throws TopologyException {
    ShardMap next = hash().after(empty(), inUse(Map.of(T, Map.of(S1, 0L, S2, 0L))));
    assertThat(next.keySpaces().get("g").owners()).as("a statement under way may write to it").containsExactly(S1);
    assertThat(hash().toMap(MapVersion.FIRST, new ExistingTables(Map.of(T, Map.of(S1, 0L, S2, 0L)), false)).keySpaces().get("g").owners())
        .containsExactly(S1, S2);
    assertThat(refused(hash(), empty(), inUse(Map.of(T, Map.of(S1, 0L, S2, 2L)))))
        .isEqualTo("group g has its rows on s2 (t: 2 rows on s2), and clients use its tables on the home shard s1 (expected: no such tables there, or the rows there)");
  }

  @Test
  void rowsOnSeveralShardsAreRefusedWithTheirCounts() throws TopologyException {
    ExistingTables existing = inUse(Map.of(T, Map.of(S1, 3L, S2, 1L), U, Map.of(S1, 0L, S2, ExistingTables.COUNTED_MAX + 1)));
    String refused =
        "group g has rows on several shards (t: 3 rows on s1, 1 row on s2; u: more than 1000000 rows on s2), and no map says which belong where"
            + " (expected: rows on one shard, which the group then begins on)";
    assertThat(refused(hash(), empty(), existing)).isEqualTo(refused);
    assertThat(catchThrowableOfType(TopologyException.class, () -> hash().toMap(MapVersion.FIRST, existing)).faults()).containsExactly(refused);
  }

  @Test
  void splitsHaveToLeaveTheRowsWhereTheyAre() throws TopologyException {
    ExistingTables existing = inUse(Map.of(T, Map.of(S1, 3L)));
    String group = "groups: { g: { strategy: range, key: bigint, tables: { t: k }%s } }";
    assertThat(topology(group.formatted("")).after(empty(), existing).keySpaces().get("g").owners()).containsExactly(S1);
    assertThat(topology(group.formatted(", splits: [{ until: 5, shard: s1 }, { shard: s1 }]")).after(empty(), existing).keySpaces().get("g").pieces()).hasSize(2);
    assertThat(refused(topology(group.formatted(", splits: [{ until: 5, shard: s1 }, { shard: s2 }]")), empty(), existing))
        .isEqualTo("splits of group g give ranges to [s1, s2], but its tables are on s1 already (t: 3 rows on s1) (expected: no splits, or all with shard: s1)");
  }

  @Test
  void keysOfStrategyDirectoryHaveToBePlacedFirst() throws TopologyException {
    assertThat(refused(topology("groups: { g: { strategy: directory, key: bigint, tables: { t: k } } }"), empty(), inUse(Map.of(T, Map.of(S1, 3L)))))
        .startsWith("group g is of strategy directory, and its tables are on s1 already (t: 3 rows on s1), whose keys nobody has placed");
  }

  @Test
  void aTableWithRowsComesToAPresentGroupOnlyWhereTheGroupIs() throws TopologyException {
    Topology alone = topology("groups: { g: { strategy: hash, key: bigint, tables: { t: k } } }");
    ShardMap onS1 = alone.after(empty(), inUse(Map.of(T, Map.of(S1, 3L))));
    ShardMap spread = alone.toMap(MapVersion.FIRST);
    ExistingTables uOnS1 = inUse(Map.of(U, Map.of(S1, 2L)));
    assertThat(hash().after(onS1, uOnS1).groupOf(U)).isPresent();
    assertThat(refused(hash(), spread, uOnS1)).startsWith("tables [u] come to group g and are on [s1] already (u: 2 rows on s1), but keys of the group are on [s1, s2]");
    assertThat(refused(hash(), onS1, inUse(Map.of(U, Map.of(S2, 2L))))).contains("are on [s2] already (u: 2 rows on s2), but keys of the group are on [s1]");
  }

  @Test
  void referenceTablesAreAlikeOnEveryShardFromTheStart() throws TopologyException {
    Topology wanted = topology("reference: [ t ]");
    assertThat(wanted.toMap(MapVersion.FIRST, new ExistingTables(Map.of(T, Map.of(S1, 2L, S2, 2L)), false)).reference()).containsExactly(T);
    for (Map<ShardId, Long> rows : Set.of(Map.of(S1, 2L), Map.of(S1, 2L, S2, 0L))) {
      assertThat(catchThrowableOfType(TopologyException.class, () -> wanted.toMap(MapVersion.FIRST, new ExistingTables(Map.of(T, rows), false))).faults())
          .singleElement().asString().contains("reference table t is on", "t: 2 rows on s1", "expected: the same rows on every shard, or no such table");
    }
  }

  @Test
  void rangesAreCutAndJoinedWithoutAnotherOwner() {
    HashRing ring = new HashRing(java.util.List.of(new HashRange(Long.MIN_VALUE, S1), new HashRange(0, S2)));
    HashRing cut = ring.cutAt(-5).orElseThrow();
    assertThat(cut.ranges()).containsExactly(new HashRange(Long.MIN_VALUE, S1), new HashRange(-5, S1), new HashRange(0, S2));
    assertThat(ring.cutAt(Long.MAX_VALUE).orElseThrow().ranges()).last().isEqualTo(new HashRange(Long.MAX_VALUE, S2));
    assertThat(ring.cutAt(0)).isEmpty();
    assertThat(ring.cutAt(Long.MIN_VALUE)).isEmpty();
    assertThat(cut.joinedAt(-5)).contains(ring);
    assertThat(cut.joinedAt(0)).as("two owners").isEmpty();
    assertThat(cut.joinedAt(Long.MIN_VALUE)).isEmpty();
    OrderedKeys keys = new OrderedKeys(KeyType.BIGINT, java.util.List.of(new KeyRange(null, S1), new KeyRange(new KeyValue.OfLong(10), S2)));
    OrderedKeys cutKeys = keys.cutAt(new KeyValue.OfLong(7)).orElseThrow();
    assertThat(cutKeys.ownerOf(7)).isEqualTo(S1);
    assertThat(cutKeys.ranges()).hasSize(3);
    assertThat(keys.cutAt(new KeyValue.OfLong(10))).isEmpty();
    assertThat(cutKeys.joinedAt(new KeyValue.OfLong(7))).contains(keys);
    assertThat(cutKeys.joinedAt(new KeyValue.OfLong(10))).isEmpty();
    assertThat(cutKeys.joinedAt(new KeyValue.OfLong(8))).isEmpty();
  }
}
