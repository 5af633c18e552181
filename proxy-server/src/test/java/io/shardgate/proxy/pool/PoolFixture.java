package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.testing.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Pools over event loops of their own, for one test; closing it waits until no connection is left.
final class PoolFixture implements AutoCloseable {
  static final ShardId S1 = new ShardId("s1");
  static final ShardId S2 = new ShardId("s2");
  static final PoolKey APP = new PoolKey("app", "app", new Credential.Secret(new Password("app")));

  /// Every server is like a home shard that has nothing.
  private static final Likeness ANYTHING = new Likeness(Map.of());

  final ServerPools pools;
  final List<EventLoop> loops = new ArrayList<>();
  private final MultiThreadIoEventLoopGroup group;

  /// Over shards of which none is home, so that all places are for everybody.
  PoolFixture(Transport transport, int loopCount, PoolSettings settings, Map<ShardId, String> urls) {
    this(transport, loopCount, settings, urls, new ShardId("elsewhere"));
  }

  PoolFixture(Transport transport, int loopCount, PoolSettings settings, Map<ShardId, String> urls, ShardId home) {
    this(transport, loopCount, settings, urls, home, _ -> CompletableFuture.completedStage(ANYTHING));
  }

  PoolFixture(
      Transport transport, int loopCount, PoolSettings settings, Map<ShardId, String> urls, ShardId home,
      Function<String, CompletionStage<Likeness>> likeness) {
    group = transport.eventLoops(loopCount, "pool-test");
    for (EventExecutor executor : group) {
      loops.add((EventLoop) executor);
    }
    pools = new ServerPools(group, transport, settings, PoolObserver.NONE, () -> "shardgate test map 1", likeness);
    Map<ShardId, Endpoint> endpoints = new HashMap<>();
    urls.forEach((id, url) -> endpoints.put(id, Endpoint.parse(url)));
    pools.shards(endpoints, home);
  }

  static PoolFixture of(int loops, PoolSettings settings, PostgresServer server) {
    return new PoolFixture(Transport.best(), loops, settings, Map.of(S1, server.url("app")));
  }

  static PoolSettings settings(int maxConnections) {
    return new PoolSettings(
        maxConnections, 1_000, Duration.ofSeconds(15), Duration.ofSeconds(3), Duration.ofSeconds(5),
        Duration.ofMinutes(10), Duration.ofMinutes(10), Duration.ofSeconds(5), 100);
  }

  EventLoop loop() {
    return loops.getFirst();
  }

  CompletableFuture<ServerConnection> acquire() {
    return Borrower.acquire(pools, loop(), S1, APP);
  }

  CompletableFuture<ServerConnection> acquire(ShardId shard) {
    return Borrower.acquire(pools, loop(), shard, APP);
  }

  void release(ServerConnection connection, ReleaseState state) {
    Borrower.get(Borrower.release(pools, connection, state));
  }

  void release(ServerConnection connection) {
    release(connection, ReleaseState.CLEAN);
  }

  /// Acquires, asks, gives back.
  Borrower.Answer ask(String sql) {
    ServerConnection connection = Borrower.get(acquire());
    Borrower.Answer answer = Borrower.get(Borrower.query(connection, sql));
    release(connection);
    return answer;
  }

  @Override
  public void close() {
    Borrower.get(pools.close());
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
