package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What every store has to do with the keys of strategy *directory*.
public abstract class DirectoryContract {
  protected static final int MAX_KEYS = 40;

  private static final String SHARDS =
      """
      home: s1
      shards:
        s1: { primary: "postgresql://127.0.0.1:55431/app", labels: { region: eu } }
        s2: { primary: "postgresql://127.0.0.1:55432/app", weight: 2, labels: { region: eu } }
        s3: { primary: "postgresql://127.0.0.1:55433/app", labels: { region: us } }
      groups:
      """;
  private static final String TENANT = "  tenant: { strategy: directory, key: text, tables: { documents: tenant } }\n";
  private static final String ALL =
      SHARDS + TENANT
          + """
            number: { strategy: directory, key: bigint, tables: { numbers: id }, place: hash }
            hashed: { strategy: hash, key: bigint, tables: { hashes: id } }
            token: { strategy: directory, key: uuid, tables: { tokens: id } }
            day: { strategy: directory, key: date, tables: { days: id } }
            local: { strategy: directory, key: timestamp, tables: { locals: id } }
            instant: { strategy: directory, key: timestamptz, tables: { instants: id } }
            part: { strategy: directory, key: numeric, tables: { parts: id }, place: { label: region, column: region } }
          """;

  /// Opens every door to one new store: as many as may be open at a time. A group may have [#MAX_KEYS] keys.
  protected abstract List<ShardDirectory> open(ShardMap initial) throws Exception;

  /// Opens the store again, after all its doors were closed.
  protected abstract ShardDirectory reopen() throws Exception;

  protected static ShardMap map() throws TopologyException {
    return TopologyReader.read(ALL, "t.yaml").toMap(MapVersion.FIRST);
  }

  protected static Group group(ShardDirectory directory, String name) {
    return directory.current().groups().get(name);
  }

  protected static ShardId place(ShardDirectory directory, String group, KeyValue key) {
    return directory.place(group(directory, group), key, directory.current().allShards()).join();
  }

  private static KeyValue text(String text) {
    return KeyValue.OfText.of(text);
  }

  private static void closeAll(List<ShardDirectory> doors) {
    doors.forEach(ShardDirectory::close);
  }

  @Test
  void aKeyHasNoOwnerUntilItIsPlacedAndThenAlwaysTheSame() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardDirectory first = doors.getFirst();
    Group tenant = group(first, "tenant");
    assertThat(first.find(tenant, text("acme")).join()).isEmpty();
    assertThat(first.current().ownerOf(tenant, text("acme"))).isNull();
    ShardId owner = first.place(tenant, text("acme"), Set.of(new ShardId("s3"))).join();
    assertThat(owner).isEqualTo(new ShardId("s3"));
    assertThat(first.current().ownerOf(tenant, text("acme"))).as("known from the answer on").isEqualTo(owner);
    for (ShardDirectory door : doors) {
      assertThat(door.find(tenant, text("acme")).join()).isEqualTo(Optional.of(owner));
      assertThat(door.place(tenant, text("acme"), Set.of(new ShardId("s1"))).join()).as("it has one already").isEqualTo(owner);
      assertThat(door.current().ownerOf(tenant, text("acme"))).isEqualTo(owner);
    }
    closeAll(doors);
  }

  @Test
  void everyKindOfKeyIsThereAfterARestart() throws Exception {
    Map<String, List<KeyValue>> keys = new HashMap<>();
    keys.put("tenant", List.of(text(""), text("a\nb\t\"\\"), text("\u00e4\u6f22\u5b57"), new KeyValue.OfText(new byte[] {(byte) 0xff, 0, (byte) 0xfe}), text("[]")));
    keys.put("number", List.of(new KeyValue.OfLong(0), new KeyValue.OfLong(Long.MIN_VALUE), new KeyValue.OfLong(Long.MAX_VALUE)));
    keys.put("token", List.of(KeyValue.OfUuid.of(new UUID(-1, 1)), KeyValue.OfUuid.of(new UUID(0, 0))));
    keys.put("day", List.of(new KeyValue.OfDate(0), new KeyValue.OfDate(KeyValue.OfDate.INFINITY), new KeyValue.OfDate(-700_000)));
    keys.put("local", List.of(new KeyValue.OfTimestamp(1, false), new KeyValue.OfTimestamp(KeyValue.OfTimestamp.MINUS_INFINITY, false)));
    keys.put("instant", List.of(new KeyValue.OfTimestamp(-1, true), new KeyValue.OfTimestamp(KeyValue.OfTimestamp.INFINITY, true)));
    keys.put("part", List.of(new KeyValue.OfNumeric(new BigDecimal("-1.50")), KeyValue.SpecialNumeric.NAN, new KeyValue.OfNumeric(new BigDecimal("1e30"))));
    Map<GroupKey, ShardId> owners = new HashMap<>();
    List<ShardDirectory> doors = open(map());
    keys.forEach((group, list) -> list.forEach(key -> owners.put(new GroupKey(group, key), place(doors.getFirst(), group, key))));
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      owners.forEach((name, owner) -> {
        assertThat(again.current().ownerOf(group(again, name.group()), name.key())).as(name.toString()).isEqualTo(owner);
        assertThat(place(again, name.group(), name.key())).isEqualTo(owner);
      });
      assertThat(((KeyTable) again.current().keySpaces().get("tenant")).size()).isEqualTo(5);
    }
  }

  @Test
  void theLeastLoadedShardForItsWeightGetsTheNextKey() throws Exception {
    List<ShardDirectory> doors = open(map());
    List<CompletableFuture<ShardId>> owners = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      owners.add(doors.getFirst().place(group(doors.getFirst(), "tenant"), text("t" + i), doors.getFirst().current().allShards()));
    }
    Map<ShardId, Integer> counts = new HashMap<>();
    owners.forEach(owner -> counts.merge(owner.join(), 1, Integer::sum));
    assertThat(counts).containsOnly(Map.entry(new ShardId("s1"), 5), Map.entry(new ShardId("s2"), 10), Map.entry(new ShardId("s3"), 5));
    Set<ShardId> some = Set.of(new ShardId("s1"), new ShardId("s3"));
    IntStream.range(20, 30).forEach(i -> doors.getFirst().place(group(doors.getFirst(), "tenant"), text("t" + i), some).join());
    KeyTable table = (KeyTable) doors.getFirst().current().keySpaces().get("tenant");
    assertThat(table.count(new ShardId("s2"))).as("it was no candidate").isEqualTo(10);
    assertThat(table.count(new ShardId("s1"))).isEqualTo(10);
    closeAll(doors);
  }

  @Test
  void policyHashPlacesAsAGroupOfStrategyHashBegins() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardMap map = doors.getFirst().current();
    for (int i = 0; i < 30; i++) {
      KeyValue key = new KeyValue.OfLong(i * 7919L);
      assertThat(place(doors.getFirst(), "number", key)).isEqualTo(map.ownerOf(map.groups().get("hashed"), key));
    }
    closeAll(doors);
  }

  @Test
  void whoeverRacesForAKeyGetsTheSameOwner() throws Exception {
    List<ShardDirectory> doors = open(map());
    List<ShardId> shards = List.copyOf(doors.getFirst().current().allShards());
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Future<List<ShardId>>> racers = new ArrayList<>();
      for (int racer = 0; racer < 6; racer++) {
        ShardDirectory door = doors.get(racer % doors.size());
        ShardId mine = shards.get(racer % shards.size());
        racers.add(threads.submit(() ->
            IntStream.range(0, 30).mapToObj(i -> door.place(group(door, "tenant"), text("k" + i), Set.of(mine))).toList().stream().map(CompletableFuture::join).toList()));
      }
      List<ShardId> first = racers.getFirst().get();
      for (Future<List<ShardId>> racer : racers) {
        assertThat(racer.get()).isEqualTo(first);
      }
    }
    assertThat(((KeyTable) doors.getFirst().current().keySpaces().get("tenant")).size()).isEqualTo(30);
    closeAll(doors);
  }

  @Test
  void moreKeysThanAGroupMayHaveAreRefusedAndThoseThereStay() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardDirectory door = doors.getFirst();
    List<CompletableFuture<ShardId>> placing = new ArrayList<>();
    for (int i = 0; i <= MAX_KEYS; i++) {
      placing.add(door.place(group(door, "tenant"), text("t" + i), door.current().allShards()));
    }
    CompletableFuture<ShardId> tooMany = placing.removeLast();
    placing.forEach(CompletableFuture::join);
    assertFault(tooMany, DirectoryException.Fault.TOO_MANY_KEYS);
    assertThat(door.find(group(door, "tenant"), text("t" + MAX_KEYS)).join()).isEmpty();
    assertThat(place(door, "tenant", text("t0"))).isEqualTo(placing.getFirst().join());
    assertThat(place(door, "number", new KeyValue.OfLong(1))).as("a limit for each group").isNotNull();
    closeAll(doors);
  }

  @Test
  void aKeyThatIsTooLongIsRefused() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardDirectory door = doors.getFirst();
    assertFault(door.place(group(door, "tenant"), text("x".repeat(ShardDirectory.MAX_KEY_BYTES + 1)), door.current().allShards()), DirectoryException.Fault.KEY_TOO_LONG);
    assertThat(place(door, "tenant", text("x".repeat(ShardDirectory.MAX_KEY_BYTES)))).isNotNull();
    closeAll(doors);
  }

  private static void assertFault(CompletableFuture<ShardId> placing, DirectoryException.Fault fault) {
    assertThatThrownBy(placing::join).isInstanceOf(CompletionException.class)
        .cause().isInstanceOfSatisfying(DirectoryException.class, why -> assertThat(why.fault()).isEqualTo(fault));
  }

  @Test
  void aNewMapKeepsTheKeysWhateverItsMakerKnewOfThem() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardDirectory door = doors.getFirst();
    ShardId owner = place(door, "tenant", text("acme"));
    assertThat(door.compareAndSet(MapVersion.FIRST, map().withVersion(new MapVersion(2)))).isTrue();
    assertThat(door.current().version()).isEqualTo(new MapVersion(2));
    assertThat(door.current().ownerOf(group(door, "tenant"), text("acme"))).isEqualTo(owner);
    place(door, "tenant", text("other"));
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      assertThat(again.current().ownerOf(group(again, "tenant"), text("acme"))).isEqualTo(owner);
      assertThat(again.current().ownerOf(group(again, "tenant"), text("other"))).isNotNull();
    }
  }

  @Test
  void aShardWithKeysDoesNotLeaveTheMap() throws Exception {
    List<ShardDirectory> doors = open(TopologyReader.read(SHARDS + TENANT, "t.yaml").toMap(MapVersion.FIRST));
    ShardDirectory door = doors.getFirst();
    String without = (SHARDS + TENANT).lines().filter(line -> !line.contains("s3:")).reduce("", (all, line) -> all + line + "\n");
    Topology smaller = TopologyReader.read(without, "t.yaml");
    ShardMap before = smaller.after(door.current(), ExistingTables.NONE);
    assertThat(before.shards()).hasSize(2);
    door.place(group(door, "tenant"), text("acme"), Set.of(new ShardId("s3"))).join();
    assertThat(door.compareAndSet(MapVersion.FIRST, before)).as("made before the key was placed").isFalse();
    assertThatThrownBy(() -> smaller.after(door.current(), ExistingTables.NONE)).isInstanceOf(TopologyException.class).hasMessageContaining("s3 owns ranges and is gone");
    closeAll(doors);
  }

  @Test
  void aGroupThatComesBackUnderAnOldNameHasNoKeys() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardDirectory door = doors.getFirst();
    place(door, "tenant", text("acme"));
    place(door, "number", new KeyValue.OfLong(5));
    Group old = group(door, "tenant");
    ShardMap without = TopologyReader.read(ALL.replace(TENANT, ""), "t.yaml").toMap(new MapVersion(2));
    assertThat(door.compareAndSet(MapVersion.FIRST, without)).isTrue();
    assertFault(door.place(old, text("acme"), door.current().allShards()), DirectoryException.Fault.MAP_CHANGED);
    ShardMap again = TopologyReader.read(ALL.replace("key: text", "key: bigint"), "t.yaml").toMap(new MapVersion(3));
    assertThat(door.compareAndSet(new MapVersion(2), again)).isTrue();
    assertThat(door.find(group(door, "tenant"), new KeyValue.OfLong(1)).join()).isEmpty();
    place(door, "tenant", new KeyValue.OfLong(1));
    closeAll(doors);
    try (ShardDirectory reopened = reopen()) {
      assertThat(((KeyTable) reopened.current().keySpaces().get("tenant")).size()).isEqualTo(1);
      assertThat(reopened.current().ownerOf(group(reopened, "number"), new KeyValue.OfLong(5))).isNotNull();
    }
  }

  @Test
  void aClosedDirectoryPlacesNothing() throws Exception {
    List<ShardDirectory> doors = open(map());
    Group tenant = group(doors.getFirst(), "tenant");
    closeAll(doors);
    assertFault(doors.getFirst().place(tenant, text("acme"), Set.of(new ShardId("s1"))), DirectoryException.Fault.STORE);
  }
}
