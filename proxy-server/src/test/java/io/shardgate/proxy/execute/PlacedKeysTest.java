package io.shardgate.proxy.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.DirectoryException.Fault;
import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Placement;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.RoleBook;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Strategy;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.UnplacedKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What becomes of keys that the map does not know, and of a directory that can't tell.
final class PlacedKeysTest {
  private static final ShardId S1 = new ShardId("s1");
  private static final Group TENANT = new Group("tenant", new Strategy.Directory(Placement.DEFAULT), KeyType.TEXT, Map.of());

  private final EventLoop loop = new DefaultEventLoop();
  private final FakeDirectory directory = new FakeDirectory();
  private final PlacedKeys keys = new PlacedKeys(directory);

  @AfterEach
  void close() {
    loop.shutdownGracefully();
  }

  /// Answers when it is told to.
  private static final class FakeDirectory implements ShardDirectory {
    private final Map<KeyValue, CompletableFuture<ShardId>> placing = new ConcurrentHashMap<>();
    private final Map<KeyValue, CompletableFuture<Optional<ShardId>>> finding = new ConcurrentHashMap<>();

    @Override
    public CompletableFuture<Optional<ShardId>> find(Group group, KeyValue key) {
      return finding.computeIfAbsent(key, _ -> new CompletableFuture<>());
    }

    @Override
    public CompletableFuture<ShardId> place(Group group, KeyValue key, Set<ShardId> candidates) {
      return placing.computeIfAbsent(key, _ -> new CompletableFuture<>());
    }

    @Override
    public ShardMap current() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean compareAndSet(MapVersion expected, ShardMap next) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Watch watch(Consumer<ShardMap> listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Presence register(ProxyPresence proxy) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<ProxyPresence> proxies() {
      return List.of();
    }

    @Override
    public RoleBook roles() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> fault() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  private static UnplacedKey key(String name, ShardId... candidates) {
    return new UnplacedKey(TENANT, KeyValue.OfText.of(name), Set.of(candidates));
  }

  @Test
  void theAnswerComesOnTheLoopOnceEveryKeyIsSettled() throws Exception {
    CompletableFuture<Set<GroupKey>> settled = keys.settle(List.of(key("new", S1), key("sought"), key("gone")), loop);
    List<Boolean> onLoop = new ArrayList<>();
    CompletableFuture<Void> seen = settled.thenAccept(_ -> onLoop.add(loop.inEventLoop()));
    directory.placing.get(KeyValue.OfText.of("new")).complete(S1);
    directory.finding.get(KeyValue.OfText.of("sought")).complete(Optional.of(S1));
    assertThat(settled).isNotDone();
    directory.finding.get(KeyValue.OfText.of("gone")).complete(Optional.empty());
    seen.get();
    assertThat(settled.get()).containsExactly(new GroupKey("tenant", KeyValue.OfText.of("gone")));
    assertThat(onLoop).containsExactly(true);
  }

  @Test
  void aKeyThatOneRowReadsAndAnotherMakesIsPlacedOnly() {
    keys.settle(List.of(key("new"), key("new", S1)), loop);
    assertThat(directory.placing).hasSize(1);
    assertThat(directory.finding).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void whatTheDirectoryCantDoIsToldInItsOwnWay(Fault fault) {
    ProxyRefusal expected =
        switch (fault) {
          case TOO_MANY_KEYS -> ProxyRefusal.TOO_MANY_KEYS;
          case KEY_TOO_LONG -> ProxyRefusal.KEY_TOO_LONG;
          case MAP_CHANGED -> ProxyRefusal.MAP_CHANGED;
          case STORE -> ProxyRefusal.DIRECTORY_UNREACHABLE;
        };
    CompletableFuture<Set<GroupKey>> settled = keys.settle(List.of(key("new", S1)), loop);
    directory.placing.get(KeyValue.OfText.of("new")).completeExceptionally(new DirectoryException(fault, "why"));
    assertThatThrownBy(settled::join).cause().isInstanceOfSatisfying(ServerErrorException.class, error -> {
      assertThat(error.refusal()).isEqualTo(expected);
      assertThat(error.fields().code()).isEqualTo(expected.sqlState());
      assertThat(error.fields().message()).doesNotContain("%s");
    });
  }

  @Test
  void whatIsNeverSettledIsGivenUp() {
    List<Set<GroupKey>> attempts = new ArrayList<>();
    CompletableFuture<String> settled =
        keys.settled(
            absent -> {
              attempts.add(absent);
              return "";
            },
            _ -> List.of(key("k" + attempts.size(), S1)), loop);
    for (int round = 1; !settled.isDone() && round < 20; round++) {
      directory.place(TENANT, KeyValue.OfText.of("k" + round), Set.of()).complete(S1);
      loop.submit(() -> {}).syncUninterruptibly();
    }
    assertThatThrownBy(settled::join).cause().isInstanceOfSatisfying(ServerErrorException.class, error -> assertThat(error.fields().code()).isEqualTo("40001"));
    assertThat(attempts).hasSize(5);
  }

  @Test
  void keysFoundAbsentAreSaidToTheNextAttempt() throws Exception {
    CompletableFuture<Set<GroupKey>> settled =
        keys.settled(absent -> absent, absent -> absent.isEmpty() ? List.of(key("gone")) : List.of(), loop);
    directory.finding.get(KeyValue.OfText.of("gone")).complete(Optional.empty());
    assertThat(settled.get()).containsExactly(new GroupKey("tenant", KeyValue.OfText.of("gone")));
  }
}
