package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/// What every store has to do with the shard map.
public abstract class MapContract {
  private static final String TOPOLOGY =
      """
      home: s1
      shards:
        s1: { primary: "postgresql://svc:p%40ss@127.0.0.1:55431/app?sslmode=require", weight: 2, labels: { region: eu } }
        s2: { primary: "postgresql://[::1]:55432/app" }
      groups:
        customer: { strategy: hash, key: bigint, tables: { customers: id, 'Crm."odd.name"': Key } }
        doc: { strategy: hash, key: uuid, tables: { docs: id } }
        event: { strategy: range, key: date, tables: { events: day }, splits: [ { until: "2026-01-01", shard: s1 }, { shard: s2 } ] }
      reference: [ countries ]
      unique: { customers: [ [ email ], [ a, b ] ] }
      functions: { f: local }
      """;

  /// Opens every door to one new store: as many as may be open at a time.
  protected abstract List<ShardDirectory> open(ShardMap initial) throws Exception;

  /// Opens the store again, after all its doors were closed.
  protected abstract ShardDirectory reopen() throws Exception;

  /// Changes the text of the record behind the doors' back, all of them being closed.
  protected abstract void tamper(UnaryOperator<String> change) throws Exception;

  protected static ShardMap map() throws TopologyException {
    return TopologyReader.read(TOPOLOGY, "t.yaml").toMap(MapVersion.FIRST);
  }

  /// The same with all of one group on the other shard: a map that differs in one range.
  protected static ShardMap given(ShardMap map, ShardId owner) {
    var spaces = new java.util.TreeMap<>(map.keySpaces());
    spaces.put("doc", new HashRing(List.of(new HashRange(Long.MIN_VALUE, owner))));
    return new ShardMap(map.version().next(), map.home(), map.shards(), map.groups(), spaces, map.reference(), map.unique(), map.functions());
  }

  private static void closeAll(List<ShardDirectory> doors) {
    doors.forEach(ShardDirectory::close);
  }

  private static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(30));
  }

  private static void awaitVersion(ShardDirectory door, long version) {
    await().until(() -> door.current().version().value() >= version);
  }

  @Test
  void whatIsRecordedIsThereAfterARestart() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardMap second = given(map(), new ShardId("s2"));
    assertThat(doors.getFirst().current()).isEqualTo(map());
    assertThat(doors.getFirst().compareAndSet(MapVersion.FIRST, second)).isTrue();
    assertThat(doors.getFirst().current()).isEqualTo(second);
    assertThat(doors.getFirst().fault()).isEmpty();
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      assertThat(again.current()).isEqualTo(second);
    }
  }

  private static ForeignMark mark(String shard, Extent extent) {
    return new ForeignMark(new ShardId(shard), extent);
  }

  @Test
  void foreignMarksOfEveryStrategyAreRecordedAndGo() throws Exception {
    String text = TOPOLOGY.replace("groups:\n", "groups:\n  firm: { strategy: directory, key: numeric, tables: { firms: id } }\n");
    ShardMap first = TopologyReader.read(text, "t.yaml").toMap(MapVersion.FIRST);
    List<ShardDirectory> doors = open(first);
    HashRing.OwnedRange owned = ((HashRing) first.keySpaces().get("customer")).rangesOf(new ShardId("s1")).getFirst();
    ForeignMarks marks =
        ForeignMarks.NONE
            .with("customer", List.of(mark("s2", new Extent.Ring(owned.first(), owned.last()))))
            .with("event", List.of(mark("s2", new Extent.Ordered(null, new KeyValue.OfDate(-5))), mark("s2", new Extent.Ordered(new KeyValue.OfDate(0), new KeyValue.OfDate(9)))))
            .with("firm", List.of(mark("s1", new Extent.Single(KeyValue.SpecialNumeric.NAN)), mark("s1", new Extent.Single(new KeyValue.OfNumeric(new java.math.BigDecimal("1.5"))))));
    ShardMap marked = first.withForeign(marks);
    assertThat(doors.getFirst().compareAndSet(MapVersion.FIRST, marked)).isTrue();
    awaitVersion(doors.getLast(), 2);
    assertThat(doors.getLast().current()).isEqualTo(marked);
    assertThat(doors.getLast().current().foreign()).isEqualTo(marks);
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      assertThat(again.current().foreign()).isEqualTo(marks);
      ShardMap less = marked.withForeign(marks.with("customer", List.of()));
      assertThat(again.compareAndSet(new MapVersion(2), less)).isTrue();
      assertThat(again.current().foreign()).isEqualTo(less.foreign());
    }
    try (ShardDirectory again = reopen()) {
      assertThat(again.current().foreign().byGroup()).containsOnlyKeys("event", "firm");
    }
  }

  @Test
  void aShardAndAGroupComeAndGo() throws Exception {
    List<ShardDirectory> doors = open(map());
    Topology more = TopologyReader.read(
        TOPOLOGY.replace("groups:\n", "  s3: { primary: \"postgresql://127.0.0.1:55433/app\" }\ngroups:\n  fresh: { strategy: hash, key: text, tables: { t: k } }\n"), "t.yaml");
    ShardMap larger = more.after(map(), ExistingTables.NONE);
    assertThat(doors.getFirst().compareAndSet(MapVersion.FIRST, larger)).isTrue();
    assertThat(doors.getLast().current().version().value()).isLessThanOrEqualTo(2);
    awaitVersion(doors.getLast(), 2);
    assertThat(doors.getLast().current()).isEqualTo(larger);
    ShardMap smaller = map().withVersion(new MapVersion(3));
    assertThat(doors.getLast().compareAndSet(new MapVersion(2), smaller)).isTrue();
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      assertThat(again.current()).isEqualTo(smaller);
    }
  }

  @Test
  void theLoserOfARaceReadsAgain() throws Exception {
    ShardMap first = map();
    List<ShardDirectory> doors = open(first);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> wins = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        ShardDirectory door = doors.get(t % doors.size());
        wins.add(threads.submit(() -> {
          int won = 0;
          for (int i = 0; i < 15; i++) {
            MapVersion expected = door.current().version();
            won += door.compareAndSet(expected, first.withVersion(expected.next())) ? 1 : 0;
          }
          return won;
        }));
      }
      long total = 0;
      for (Future<Integer> won : wins) {
        total += won.get();
      }
      assertThat(total).isPositive();
      for (ShardDirectory door : doors) {
        awaitVersion(door, 1 + total);
        assertThat(door.current().version().value()).isEqualTo(1 + total);
      }
    }
    closeAll(doors);
  }

  @Test
  void ofTwoWritersAtOnceOneWinsAndBothKnow() throws Exception {
    List<ShardDirectory> doors = open(map());
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 10; round++) {
        ShardMap base = doors.getFirst().current();
        awaitVersion(doors.getLast(), base.version().value());
        CyclicBarrier start = new CyclicBarrier(2);
        List<ShardMap> wanted = List.of(given(base, new ShardId("s1")), given(base, new ShardId("s2")));
        List<Future<Boolean>> won = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          ShardDirectory door = doors.get(i % doors.size());
          ShardMap mine = wanted.get(i);
          won.add(threads.submit(() -> {
            start.await();
            boolean set = door.compareAndSet(base.version(), mine);
            assertThat(door.current().version()).as("the loser knows what was in its way").isEqualTo(mine.version());
            return set;
          }));
        }
        assertThat(won.get(0).get()).isNotEqualTo(won.get(1).get());
        ShardMap winner = won.get(0).get() ? wanted.get(0) : wanted.get(1);
        for (ShardDirectory door : doors) {
          awaitVersion(door, winner.version().value());
          assertThat(door.current()).isEqualTo(winner);
        }
      }
    }
    closeAll(doors);
  }

  @Test
  void aVersionThatIsNotTheNextIsAFault() throws Exception {
    List<ShardDirectory> doors = open(map());
    assertThatThrownBy(() -> doors.getFirst().compareAndSet(MapVersion.FIRST, map().withVersion(new MapVersion(3)))).isInstanceOf(IllegalArgumentException.class);
    closeAll(doors);
  }

  @Test
  void listenersSeeEveryVersionInOrderAndNoneAfterClosing() throws Exception {
    List<ShardDirectory> doors = open(map());
    List<ShardMap> seen = Collections.synchronizedList(new ArrayList<>());
    doors.getLast().watch(_ -> {
      throw new IllegalStateException("a listener that fails must not stop the others");
    });
    ShardDirectory.Watch watch = doors.getLast().watch(seen::add);
    List<ShardMap> made = new ArrayList<>(List.of(map()));
    for (int i = 1; i < 12; i++) {
      made.add(given(made.getLast(), new ShardId("s" + (i % 2 + 1))));
      assertThat(doors.getFirst().compareAndSet(new MapVersion(i), made.getLast())).isTrue();
    }
    await().until(() -> seen.size() >= 12);
    watch.close();
    doors.getFirst().compareAndSet(new MapVersion(12), given(made.getLast(), new ShardId("s1")));
    awaitVersion(doors.getLast(), 13);
    assertThat(seen).containsExactlyElementsOf(made);
    closeAll(doors);
  }

  @Test
  void proxiesKnowEachOtherAndAcknowledgeVersions() throws Exception {
    List<ShardDirectory> doors = open(map());
    ShardDirectory.Presence mine = doors.getFirst().register(new ProxyPresence("a1", "host1:6432", MapVersion.FIRST));
    ShardDirectory.Presence other = doors.getLast().register(new ProxyPresence("b2", "host2:6432", MapVersion.FIRST));
    assertThat(doors.getFirst().compareAndSet(MapVersion.FIRST, map().withVersion(new MapVersion(2)))).isTrue();
    other.acknowledge(new MapVersion(2));
    other.acknowledge(MapVersion.FIRST);
    for (ShardDirectory door : doors) {
      await().untilAsserted(() -> assertThat(door.proxies()).extracting(ProxyPresence::acknowledged).as("nobody acknowledges for another")
          .containsExactly(MapVersion.FIRST, new MapVersion(2)));
    }
    mine.acknowledge(new MapVersion(2));
    ProxyPresence a = new ProxyPresence("a1", "host1:6432", new MapVersion(2));
    ProxyPresence b = new ProxyPresence("b2", "host2:6432", new MapVersion(2));
    for (ShardDirectory door : doors) {
      await().untilAsserted(() -> assertThat(door.proxies()).containsExactly(a, b));
    }
    other.close();
    for (ShardDirectory door : doors) {
      await().untilAsserted(() -> assertThat(door.proxies()).containsExactly(a));
    }
    mine.close();
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      assertThat(again.proxies()).isEmpty();
    }
  }

  @Test
  void closedNamesAreRecordedAndStayWhenSomethingElseChanges() throws Exception {
    List<ShardDirectory> doors = open(map());
    Set<TableName> closed = Set.of(new TableName("public", "a.b"), new TableName("Odd \"one\"", "x"));
    assertThat(doors.getFirst().compareAndSet(MapVersion.FIRST, map().withClosed(closed))).isTrue();
    ShardMap known = doors.getFirst().current();
    assertThat(doors.getFirst().compareAndSet(known.version(), known.withKeySpace("doc", new HashRing(List.of(new HashRange(Long.MIN_VALUE, new ShardId("s1"))))))).isTrue();
    awaitVersion(doors.getLast(), 3);
    assertThat(doors.getLast().current().closed()).isEqualTo(closed);
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      ShardMap read = again.current();
      assertThat(read.closed()).isEqualTo(closed);
      assertThat(again.compareAndSet(read.version(), read.withClosed(Set.of()))).isTrue();
      assertThat(again.current().closed()).isEmpty();
    }
  }

  private static RoleRecord role(long oid) {
    return new RoleRecord(oid, oid % 2 == 0, oid % 3 == 0 ? null : "1767225600.000000", oid % 5 == 0 ? null : "SCRAM-SHA-256$4096:salt$" + oid + ":x");
  }

  @Test
  void aRoleIsRecordedByCompareAndSetAndAllDoorsHearOfItAtOnce() throws Exception {
    String name = "it's/a \"role\" %2F \u00e4\n";
    List<ShardDirectory> doors = open(map());
    RoleBook first = doors.getFirst().roles();
    RoleBook last = doors.getLast().roles();
    List<String> heard = Collections.synchronizedList(new ArrayList<>());
    last.watch(_ -> {
      throw new IllegalStateException("a listener that fails must not stop the others");
    });
    ShardDirectory.Watch watch = last.watch(changed -> heard.add(changed + " " + last.known(changed).map(RoleRecord::oid).orElse(-1L)));
    assertThat(first.known(name)).isEmpty();
    assertThat(first.compareAndSet(name, role(1), role(2))).as("there is none").isFalse();
    assertThat(first.compareAndSet(name, null, role(1))).isTrue();
    await().until(() -> heard.equals(List.of(name + " 1")));
    assertThat(last.read(name)).hasValue(role(1));
    assertThat(last.compareAndSet(name, null, role(3))).as("there is one").isFalse();
    assertThat(last.compareAndSet(name, role(2), role(3))).as("it is another").isFalse();
    assertThat(last.compareAndSet(name, role(1), role(6))).isTrue();
    assertThat(first.read(name)).hasValue(role(6));
    await().until(() -> first.known(name).equals(java.util.Optional.of(role(6))) && heard.size() == 2);
    assertThat(first.compareAndSet("kept", null, role(30))).isTrue();
    await().until(() -> heard.size() == 3);
    assertThat(first.compareAndSet(name, role(6), null)).isTrue();
    await().until(() -> heard.size() == 4);
    assertThat(heard).containsExactly(name + " 1", name + " 6", "kept 30", name + " -1");
    assertThat(last.read(name)).isEmpty();
    watch.close();
    assertThat(first.compareAndSet(name, null, role(7))).isTrue();
    await().until(() -> last.known(name).isPresent());
    assertThat(heard).hasSize(4);
    closeAll(doors);
    try (ShardDirectory again = reopen()) {
      assertThat(again.roles().known(name)).hasValue(role(7));
      assertThat(again.roles().known("kept")).hasValue(role(30));
      assertThat(again.current()).isEqualTo(map());
    }
    assertThat(role(7).toString()).doesNotContain("SCRAM");
  }

  @Test
  void ofManyThatChangeOneRoleAtOnceNoneIsLost() throws Exception {
    List<ShardDirectory> doors = open(map());
    doors.getFirst().roles().compareAndSet("counted", null, role(0));
    List<java.util.concurrent.CompletableFuture<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < 6; writer++) {
      RoleBook book = doors.get(writer % doors.size()).roles();
      writers.add(java.util.concurrent.CompletableFuture.runAsync(() -> {
        for (int done = 0; done < 5; ) {
          RoleRecord before = book.read("counted").orElseThrow();
          done += book.compareAndSet("counted", before, role(before.oid() + 1)) ? 1 : 0;
        }
      }));
    }
    writers.forEach(java.util.concurrent.CompletableFuture::join);
    assertThat(doors.getLast().roles().read("counted")).hasValue(role(30));
    closeAll(doors);
  }

  @Test
  void aRecordThatBreaksARuleIsNoMap() throws Exception {
    closeAll(open(map()));
    refuses(text -> text.replaceAll("(\"owner\"\\s*:\\s*)\"s2\"", "$1\"s9\""), "s9");
    refuses(text -> text.replace("\"" + Long.MIN_VALUE + "\"", "\"0\""), "");
    refuses(text -> text.replaceAll("(\"from\"\\s*:\\s*)\"(?!-9223372036854775808)[-0-9]+\"", "$1\"" + Long.MIN_VALUE + "\""), "");
    refuses(text -> text.replace("2026-01-01", "yesterday"), "yesterday");
    refuses(text -> text.replace("bigint", "json"), "");
    refuses(text -> text.replaceAll("(\"home\"\\s*:\\s*)\"s1\"", "$1\"s8\""), "s8");
    refuses(text -> text.substring(0, text.length() / 2), "");
    reopen().close();
  }

  private void refuses(UnaryOperator<String> change, String word) throws Exception {
    tamper(change);
    assertThatThrownBy(this::reopen).isInstanceOf(IOException.class).hasMessageContaining(word);
    tamper(UnaryOperator.identity());
  }
}
