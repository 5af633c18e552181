package io.shardgate.directory.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.shardgate.directory.HashRange;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.testing.EtcdCluster;
import io.shardgate.directory.testing.NeedsEtcd;
import io.shardgate.directory.testing.Relay;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/// A shard directory on a real three-node etcd, and what can happen to it.
@NeedsEtcd
final class EtcdDirectoryIT {
  private static final EtcdCluster ETCD = SharedEtcd.CLUSTER;

  private final EtcdPlace place = SharedEtcd.place();

  private static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(30));
  }

  private static ShardMap map(int groups) throws TopologyException {
    StringBuilder text = new StringBuilder("""
        home: s1
        shards:
          s1: { primary: "postgresql://127.0.0.1:55431/app" }
          s2: { primary: "postgresql://127.0.0.1:55432/app" }
        groups:
        """);
    for (int i = 0; i < groups; i++) {
      text.append("  g%d: { strategy: hash, key: bigint, tables: { t%d: id } }\n".formatted(i, i));
    }
    text.append("  tenant: { strategy: directory, key: bigint, tables: { documents: tenant } }\n");
    return TopologyReader.read(text.toString(), "t.yaml").toMap(MapVersion.FIRST);
  }

  /// The next version, in which every group's ring is on another shard.
  private static ShardMap turned(ShardMap map) {
    ShardId owner = new ShardId(map.version().value() % 2 == 0 ? "s1" : "s2");
    var spaces = new TreeMap<>(map.keySpaces());
    spaces.replaceAll((_, space) -> space instanceof HashRing ? new HashRing(List.of(new HashRange(Long.MIN_VALUE, owner))) : space);
    return new ShardMap(map.version().next(), map.home(), map.shards(), map.groups(), spaces, map.reference(), map.unique(), map.functions());
  }

  private static void turn(ShardDirectory directory) {
    ShardMap current = directory.current();
    assertThat(directory.compareAndSet(current.version(), turned(current))).isTrue();
  }

  private EtcdDirectory open(ShardMap initial) throws Exception {
    try (EtcdStore store = EtcdStore.at(place)) {
      assertThat(store.create(initial)).isTrue();
      return store.follow();
    }
  }

  private static EtcdDirectory open(EtcdPlace place) throws Exception {
    try (EtcdStore store = EtcdStore.at(place)) {
      return store.follow();
    }
  }

  private EtcdPlace behind(Relay... relays) {
    return new EtcdPlace(Arrays.stream(relays).map(Relay::member).toList(), place.prefix(), null, null);
  }

  @Test
  void severalProxiesFollowOneMapWithin100Milliseconds() throws Exception {
    try (EtcdDirectory writer = open(map(3)); EtcdDirectory a = open(place); EtcdDirectory b = open(place); EtcdDirectory c = open(place)) {
      List<Long> millis = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        MapVersion next = writer.current().version().next();
        CountDownLatch all = new CountDownLatch(3);
        List<ShardDirectory.Watch> watches = new ArrayList<>();
        for (EtcdDirectory follower : List.of(a, b, c)) {
          watches.add(follower.watch(map -> {
            if (map.version().equals(next)) {
              all.countDown();
            }
          }));
        }
        long begun = System.nanoTime();
        turn(writer);
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        millis.add((System.nanoTime() - begun) / 1_000_000);
        watches.forEach(ShardDirectory.Watch::close);
      }
      millis.sort(null);
      System.out.println("three followers have a change after " + millis.get(15) + " ms (median), " + millis.getLast() + " ms (most)");
      assertThat(millis.get(15)).isLessThan(100);
    }
  }

  @Test
  void nobodySeesHalfOfAChange() throws Exception {
    try (EtcdDirectory writer = open(map(20)); EtcdDirectory follower = open(place)) {
      List<String> faults = new ArrayList<>();
      follower.watch(map -> {
        if (map.version().value() > 1 && map.keySpaces().values().stream().filter(HashRing.class::isInstance).distinct().count() > 1) {
          faults.add("version " + map.version() + ": " + map.keySpaces());
        }
      });
      for (int i = 0; i < 20; i++) {
        turn(writer);
      }
      await().until(() -> follower.current().equals(writer.current()));
      assertThat(faults).isEmpty();
    }
  }

  @Test
  void aChangeOfOneGroupWritesThatGroupOnly() throws Exception {
    try (EtcdDirectory writer = open(map(3)); Client client = SharedEtcd.client()) {
      ShardMap before = writer.current();
      var spaces = new TreeMap<>(before.keySpaces());
      spaces.put("g1", new HashRing(List.of(new HashRange(Long.MIN_VALUE, new ShardId("s2")))));
      assertThat(writer.compareAndSet(before.version(), new ShardMap(
          before.version().next(), before.home(), before.shards(), before.groups(), spaces, before.reference(), before.unique(), before.functions()))).isTrue();
      List<KeyValue> pairs = client.getKVClient().get(
          Layout.bytes(place.prefix() + "/"), io.etcd.jetcd.options.GetOption.builder().isPrefix(true).build()).get().getKvs();
      assertThat(pairs.stream().filter(pair -> pair.getVersion() > 1).map(pair -> Layout.text(pair.getKey()).substring(place.prefix().length() + 1)))
          .containsExactly("maps/g1", "version");
    }
  }

  @Test
  void withEtcdGoneTheMapStaysAndChangesFailUntilItIsBack() throws Exception {
    try (EtcdDirectory directory = open(map(1))) {
      turn(directory);
      ETCD.killAll();
      try {
        await().until(() -> directory.fault().isPresent());
        assertThat(directory.current().version()).isEqualTo(new MapVersion(2));
        ShardMap next = turned(directory.current());
        assertThatThrownBy(() -> directory.compareAndSet(new MapVersion(2), next)).isInstanceOf(UncheckedIOException.class).hasMessageContaining("could not change the shard map");
      } finally {
        ETCD.restartAll();
      }
      await().until(() -> directory.fault().isEmpty());
      turn(directory);
      assertThat(directory.current().version()).isEqualTo(new MapVersion(3));
    }
  }

  @Test
  void aCutOffProxyCatchesUpEvenOverACompaction() throws Exception {
    try (EtcdDirectory writer = open(map(2));
        Relay first = Relay.to(ETCD.member(0));
        Relay second = Relay.to(ETCD.member(1));
        EtcdDirectory follower = open(behind(first, second));
        Client client = SharedEtcd.client()) {
      List<Long> seen = new ArrayList<>();
      follower.watch(map -> seen.add(map.version().value()));
      first.cut();
      second.cut();
      for (int i = 0; i < 5; i++) {
        turn(writer);
      }
      long revision = client.getKVClient().get(Layout.bytes("x")).get().getHeader().getRevision();
      client.getKVClient().compact(revision).get();
      await().until(() -> follower.fault().isPresent());
      assertThat(follower.current().version()).isEqualTo(MapVersion.FIRST);
      first.join();
      second.join();
      await().until(() -> follower.current().equals(writer.current()));
      await().until(() -> follower.fault().isEmpty());
      turn(writer);
      await().until(() -> follower.current().equals(writer.current()));
      assertThat(seen).startsWith(1L).endsWith(6L, 7L).isSorted();
    }
  }

  @Test
  void whenAnyMemberIsKilledOrFrozenChangesGoOnAndAreFollowed() throws Exception {
    try (EtcdDirectory writer = open(map(1)); EtcdDirectory follower = open(place)) {
      for (int member = 0; member < ETCD.size(); member++) {
        ETCD.kill(member);
        try {
          turnPatiently(writer);
          await().until(() -> follower.current().version().compareTo(writer.current().version()) >= 0);
        } finally {
          ETCD.restart(member);
        }
      }
      ETCD.freeze(1);
      try {
        turnPatiently(writer);
        await().until(() -> follower.current().version().compareTo(writer.current().version()) >= 0);
      } finally {
        ETCD.thaw(1);
      }
      await().until(() -> follower.current().equals(writer.current()));
      await().until(() -> writer.fault().isEmpty() && follower.fault().isEmpty());
    }
  }

  /// As a client of the directory does it: again, while there is no leader.
  private static void turnPatiently(ShardDirectory directory) {
    ShardMap wanted = turned(directory.current());
    await().until(() -> {
      try {
        return directory.compareAndSet(directory.current().version(), wanted) || directory.current().equals(wanted);
      } catch (UncheckedIOException | IllegalArgumentException _) {
        return directory.current().equals(wanted);
      }
    });
  }

  @Test
  void aSlowEtcdIsSlowAndNoMore() throws Exception {
    try (EtcdDirectory _ = open(map(1));
        Relay slow = Relay.to(ETCD.member(2));
        EtcdDirectory directory = open(behind(slow))) {
      slow.delay(300);
      turn(directory);
      turn(directory);
      assertThat(directory.current().version()).isEqualTo(new MapVersion(3));
      slow.delay(0);
      await().until(() -> directory.fault().isEmpty());
    }
  }

  @Test
  void aChangeWhoseAnswerGotLostIsKnownAsDone() throws Exception {
    try (EtcdDirectory other = open(map(1));
        Relay relay = Relay.to(ETCD.member(0));
        EtcdDirectory directory = open(behind(relay))) {
      ShardMap wanted = turned(directory.current());
      relay.loseAnswers();
      CompletableFuture<Boolean> changed = CompletableFuture.supplyAsync(() -> directory.compareAndSet(MapVersion.FIRST, wanted));
      await().until(() -> other.current().equals(wanted));
      relay.cut();
      relay.join();
      assertThat(changed.get()).isTrue();
      assertThat(directory.current()).isEqualTo(wanted);
    }
  }

  @Test
  void aChangeWhoseAnswerGotLostIsKnownAsDoneAlsoBehindLaterOnes() throws Exception {
    try (EtcdDirectory other = open(map(1));
        Relay relay = Relay.to(ETCD.member(0));
        EtcdDirectory directory = open(behind(relay))) {
      ShardMap wanted = turned(directory.current());
      relay.loseAnswers();
      CompletableFuture<Boolean> changed = CompletableFuture.supplyAsync(() -> directory.compareAndSet(MapVersion.FIRST, wanted));
      await().until(() -> other.current().equals(wanted));
      turn(other);
      relay.cut();
      relay.join();
      assertThat(changed.get()).isTrue();
      await().until(() -> directory.current().equals(other.current()));
    }
  }

  private static CompletableFuture<Optional<ShardId>> find(EtcdDirectory directory, long key) {
    return directory.find(directory.current().groups().get("tenant"), new io.shardgate.directory.KeyValue.OfLong(key));
  }

  private static ShardId place(EtcdDirectory directory, long key) {
    return directory.place(directory.current().groups().get("tenant"), new io.shardgate.directory.KeyValue.OfLong(key), directory.current().allShards()).join();
  }

  @Test
  void keysThatARestoredEtcdHasForgottenAreRecordedAgain() throws Exception {
    try (EtcdDirectory directory = open(map(1))) {
      place(directory, 1);
      ETCD.killAll();
      Path backup = ETCD.backUp();
      ETCD.restartAll();
      await().until(() -> directory.fault().isEmpty());
      List<ShardId> owners = LongStream.range(2, 100).mapToObj(key -> place(directory, key)).toList();
      ETCD.killAll();
      await().until(() -> directory.fault().isPresent());
      ETCD.restore(backup);
      ETCD.restartAll();
      await().until(() -> directory.fault().isEmpty());
      try (EtcdDirectory later = open(place)) {
        for (int i = 0; i < owners.size(); i++) {
          assertThat(find(later, 2 + i).join()).contains(owners.get(i));
        }
      }
    }
  }

  @Test
  void anEtcdThatComesBackWithAnOlderMapIsNotFollowedUntilItHasANewerOne() throws Exception {
    try (EtcdDirectory directory = open(map(1))) {
      turn(directory);
      ETCD.killAll();
      Path backup = ETCD.backUp();
      ETCD.restartAll();
      await().until(() -> directory.fault().isEmpty());
      turnPatiently(directory);
      turnPatiently(directory);
      ShardMap served = directory.current();
      assertThat(served.version()).isEqualTo(new MapVersion(4));
      ETCD.killAll();
      ETCD.restore(backup);
      ETCD.restartAll();
      await().until(() -> directory.fault().orElse("").contains("holds shard map version 2, older than version 4"));
      assertThat(directory.current()).isEqualTo(served);
      assertThatThrownBy(() -> directory.compareAndSet(served.version(), turned(served)))
          .isInstanceOf(UncheckedIOException.class).hasMessageContaining("older than version 4");
      assertThatThrownBy(find(directory, 7)::join).as("it may have forgotten the key").hasMessageContaining("older than version 4");
      assertThatThrownBy(() -> place(directory, 7)).hasMessageContaining("older than version 4");
      try (EtcdDirectory behind = open(place)) {
        turnPatiently(behind);
        turnPatiently(behind);
        assertThat(directory.current()).isEqualTo(served);
        turnPatiently(behind);
        await().until(() -> directory.current().equals(behind.current()));
        assertThat(directory.current().version()).isEqualTo(new MapVersion(5));
        await().until(() -> directory.fault().isEmpty());
      }
    }
  }

  @Test
  void anotherMapOfTheSameVersionIsNotTaken() throws Exception {
    try (EtcdDirectory directory = open(map(1)); Client client = SharedEtcd.client()) {
      turn(directory);
      ShardMap served = directory.current();
      client.getKVClient().txn().Then(
          put("maps/g0", "{\"ranges\":[{\"from\":\"" + Long.MIN_VALUE + "\",\"owner\":\"s1\"}]}"),
          put("version", VersionKey.of(served.version()).text())).commit().get();
      await().until(() -> directory.fault().orElse("").contains("another shard map of version 2"));
      assertThat(directory.current()).isEqualTo(served);
      client.getKVClient().txn().Then(
          put("maps/g0", "{\"ranges\":[{\"from\":\"" + Long.MIN_VALUE + "\",\"owner\":\"s9\"}]}"),
          put("version", VersionKey.of(served.version().next()).text())).commit().get();
      await().until(() -> directory.fault().orElse("").contains("no valid shard map"));
      assertThat(directory.current()).isEqualTo(served);
      client.getKVClient().delete(Layout.bytes(place.prefix() + "/version")).get();
      await().until(() -> directory.fault().orElse("").contains("holds no shard map any more"));
      assertThat(directory.current()).isEqualTo(served);
    }
  }

  private io.etcd.jetcd.op.Op put(String name, String value) {
    return io.etcd.jetcd.op.Op.put(Layout.bytes(place.prefix() + "/" + name), Layout.bytes(value), PutOption.DEFAULT);
  }

  @Test
  void aChangeThatIsTooLargeForEtcdIsRefusedWithWhatToDo() throws Exception {
    try (EtcdDirectory directory = open(map(1))) {
      ShardMap many = map(70).withVersion(new MapVersion(2));
      assertThatThrownBy(() -> directory.compareAndSet(MapVersion.FIRST, many))
          .isInstanceOf(UncheckedIOException.class).hasMessageContaining("--max-txn-ops");
      List<HashRange> ranges = new ArrayList<>();
      for (int i = 0; i < 60_000; i++) {
        ranges.add(new HashRange(i == 0 ? Long.MIN_VALUE : i, new ShardId(i % 2 == 0 ? "s1" : "s2")));
      }
      ShardMap one = directory.current();
      ShardMap large = new ShardMap(
          one.version().next(), one.home(), one.shards(), one.groups(), java.util.Map.of("g0", new HashRing(ranges), "tenant", one.keySpaces().get("tenant")), one.reference(), one.unique(), one.functions());
      assertThatThrownBy(() -> directory.compareAndSet(MapVersion.FIRST, large))
          .isInstanceOf(UncheckedIOException.class).hasMessageContaining("--max-request-bytes");
      assertThat(directory.current()).isEqualTo(one);
      turn(directory);
    }
  }

  @Test
  void aProxyIsRegisteredUnderALeaseAndAgainWhenTheLeaseWasLost() throws Exception {
    try (EtcdDirectory directory = open(map(1)); EtcdDirectory other = open(place); Client client = SharedEtcd.client()) {
      directory.register(new ProxyPresence("p1", "host:6432", MapVersion.FIRST));
      await().until(() -> other.proxies().size() == 1);
      long lease = client.getKVClient().get(Layout.bytes(place.prefix() + "/proxies/p1")).get().getKvs().getFirst().getLease();
      assertThat(client.getLeaseClient().timeToLive(lease, LeaseOption.DEFAULT).get().getGrantedTTL()).isEqualTo(Registrar.LEASE.toSeconds());
      client.getLeaseClient().revoke(lease).get();
      await().until(() -> other.proxies().isEmpty());
      await().until(() -> other.proxies().size() == 1);
    }
    try (EtcdDirectory again = open(place)) {
      assertThat(again.proxies()).isEmpty();
    }
  }
}
