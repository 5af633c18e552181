package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShardMapTest {
  private final ShardMap map = MapExamples.fourShards();
  private final Group customer = map.groups().get("customer");
  private final HashRing ring = (HashRing) map.keySpace(customer);

  @Test
  void bordersBelongToTheRangeThatBeginsThere() {
    List<HashRange> ranges = ring.ranges();
    for (int i = 0; i < ranges.size(); i++) {
      HashRange range = ranges.get(i);
      assertThat(ring.ownerAt(range.fromInclusive())).isEqualTo(range.owner());
      if (i > 0) {
        assertThat(ring.ownerAt(range.fromInclusive() - 1)).isEqualTo(ranges.get(i - 1).owner());
      }
    }
    assertThat(ring.ownerAt(Long.MIN_VALUE)).isEqualTo(ranges.getFirst().owner());
    assertThat(ring.ownerAt(Long.MAX_VALUE)).isEqualTo(ranges.getLast().owner());
  }

  @Test
  void rangesOfAShardCoverTheRingOnce() {
    BigInteger covered = BigInteger.ZERO;
    for (ShardId shard : map.allShards()) {
      for (HashRing.OwnedRange range : ring.rangesOf(shard)) {
        covered = covered.add(BigInteger.valueOf(range.last()).subtract(BigInteger.valueOf(range.first())).add(BigInteger.ONE));
        assertThat(ring.ownerAt(range.first())).isEqualTo(shard);
        assertThat(ring.ownerAt(range.last())).isEqualTo(shard);
      }
    }
    assertThat(covered).isEqualTo(BigInteger.ONE.shiftLeft(64));
  }

  @Test
  void theHomeShardComesFirst() {
    assertThat(map.allShards()).containsExactly(new ShardId("s2"), new ShardId("s1"), new ShardId("s3"), new ShardId("s4"));
    assertThat(MapExamples.firstMap(MapExamples.topology(MapExamples.shards(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))).allShards())
        .endsWith(new ShardId("s9"), new ShardId("s10"), new ShardId("s11"));
  }

  @Test
  void aKeyOfAnotherTypeIsAFaultNotAGuess() {
    assertThatThrownBy(() -> map.ownerOf(customer, KeyValue.OfText.of("42"))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wrongRangesAreRefused() {
    ShardId s1 = new ShardId("s1");
    assertRefused(List.of(), "gap");
    assertRefused(List.of(new HashRange(Long.MIN_VALUE + 1, s1)), "gap");
    assertRefused(List.of(new HashRange(Long.MIN_VALUE, s1), new HashRange(5, s1), new HashRange(5, s1)), "overlap");
    assertRefused(List.of(new HashRange(Long.MIN_VALUE, s1), new HashRange(5, s1), new HashRange(4, s1)), "overlap");
    assertRefused(List.of(new HashRange(Long.MIN_VALUE, new ShardId("s9"))), "unknown shard");
  }

  private void assertRefused(List<HashRange> ranges, String message) {
    Map<String, KeySpace> all = new HashMap<>(map.keySpaces());
    assertThatThrownBy(() -> {
      all.put("customer", new HashRing(ranges));
      new ShardMap(map.version(), map.home(), map.shards(), map.groups(), all, Set.of(), Map.of(), Map.of());
    })
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
  }

  @Test
  void tablesKnowTheirGroupByExactName() {
    assertThat(map.groupOf(TableName.parse("orders"))).contains(customer);
    assertThat(map.groupOf(TableName.parse("Orders"))).isEmpty();
    assertThat(map.groupOf(TableName.parse("crm.orders"))).isEmpty();
    assertThat(map.isReference(TableName.parse("countries"))).isTrue();
    assertThat(map.vouchedUnique(TableName.parse("orders"), Set.of("id"))).isTrue();
    assertThat(map.vouchedUnique(TableName.parse("orders"), Set.of("id", "line"))).isFalse();
    assertThat(map.functionRule("public", "price_of")).contains(FunctionRule.LOCAL);
    assertThat(map.functionRule("other", "price_of")).isEmpty();
  }

  @Test
  void aTopologyThatAddsKeepsTheRanges() throws TopologyException {
    Map<ShardId, Shard> five = MapExamples.shards(1, 1, 1, 1, 1);
    ShardMap next = MapExamples.topology(five).after(map, ExistingTables.NONE);
    assertThat(next.version()).isEqualTo(map.version().next());
    assertThat(next.keySpaces()).isEqualTo(map.keySpaces());
    assertThat(MapExamples.topology(MapExamples.shards(1, 1, 1, 1)).after(map, ExistingTables.NONE)).isSameAs(map);
  }

  private static Topology changed() {
    Group customer = new Group("customer", new Strategy.Hash(), KeyType.UUID, Map.of(TableName.parse("orders"), "id"));
    return new Topology(new ShardId("s2"), MapExamples.shards(1, 1, 1, 1), Map.of("customer", customer), Map.of(), Set.of(TableName.parse("notes")), Map.of(), Map.of());
  }

  @Test
  void aTopologyThatWouldLeaveRowsBehindIsRefused() {
    assertThat(changed().replaced(map)).extracting(TableName::toString).containsExactly("crm.documents", "countries", "customers", "notes", "orders");
    Map<TableName, Map<ShardId, Long>> existing = new HashMap<>();
    changed().replaced(map).forEach(table -> existing.put(table, Map.of(new ShardId("s2"), 0L, new ShardId("s1"), 1L)));
    TopologyException e = catchThrowableOfType(TopologyException.class, () -> changed().after(map, new ExistingTables(existing, true)));
    String then = ", but it exists on [s1, s2] (expected: no such table; drop it with the topology as it was, then apply this one)";
    assertThat(e.faults()).containsExactly(
        "table crm.documents is not declared, and was in group tenant by hash of tenant, of type text" + then,
        "table countries is not declared, and was a reference table" + then,
        "table customers is not declared, and was in group customer by hash of id, of type bigint" + then,
        "table notes is a reference table, and was not declared" + then,
        "table orders is in group customer by hash of id, of type uuid, and was in group customer by hash of customer_id, of type bigint" + then);
  }

  @Test
  void tablesThatDoNotExistMayChangeTheirPlaceOrLeave() throws TopologyException {
    ShardMap next = changed().after(map, ExistingTables.NONE);
    assertThat(next.version()).isEqualTo(map.version().next());
    assertThat(next.groupOf(TableName.parse("customers"))).isEmpty();
    assertThat(next.groupOf(TableName.parse("orders")).orElseThrow().keyType()).isEqualTo(KeyType.UUID);
    assertThat(next.keySpaces()).containsOnlyKeys("customer");
    assertThat(changed().replaced(next)).isEmpty();
  }

  @Test
  void theHomeStaysAndSoDoesAShardThatOwnsRanges() {
    Topology topology = new Topology(new ShardId("s1"), MapExamples.shards(1, 1, 1), map.groups(), Map.of(), map.reference(), map.unique(), map.functions());
    TopologyException e = catchThrowableOfType(TopologyException.class, () -> topology.after(map, ExistingTables.NONE));
    assertThat(e.faults()).containsExactly(
        "home is s1 (expected: s2, which holds the home tables)", "shard s4 owns ranges and is gone (expected: it to stay until its rows were moved)");
  }
}
