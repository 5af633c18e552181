package io.shardgate.proxy.pool;

import static io.shardgate.proxy.pool.PoolFixture.APP;
import static io.shardgate.proxy.pool.PoolFixture.S1;
import static io.shardgate.proxy.pool.PoolFixture.S2;
import static io.shardgate.proxy.pool.PoolFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.testing.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The cap over many loops and roles, as the server counts it; who gets the next place; deadlocks over two caps.
@Timeout(120)
class PoolFairnessIT {
  private static PostgresServer server;

  @BeforeAll
  static void start() {
    server = PostgresServer.startWithApp();
    server.execute("CREATE ROLE other LOGIN PASSWORD 'other'");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static final PoolKey OTHER = new PoolKey("other", "app", new Credential.Secret(new Password("other")));

  /// One client: asks again as soon as it was answered, until told to stop.
  private static final class Client {
    final EventLoop loop;
    final PoolKey key;
    final AtomicLong done = new AtomicLong();
    final AtomicLong longestNanos = new AtomicLong();
    final CompletableFuture<Void> ended = new CompletableFuture<>();
    volatile boolean stop;

    Client(EventLoop loop, PoolKey key) {
      this.loop = loop;
      this.key = key;
    }

    void run(ServerPools pools, String sql) {
      long began = System.nanoTime();
      pools.acquire(loop, S1, key, new Waiter() {
        @Override
        public void onAcquired(ServerConnection connection) {
          Borrower.query(connection, sql).whenComplete((_, failure) -> loop.execute(() -> {
            pools.release(connection, ReleaseState.CLEAN);
            longestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
            done.incrementAndGet();
            if (failure != null) {
              ended.completeExceptionally(failure);
            } else if (stop) {
              ended.complete(null);
            } else {
              run(pools, sql);
            }
          }));
        }

        @Override
        public void onRefused(PoolException why) {
          ended.completeExceptionally(why);
        }
      });
    }
  }

  /// Runs clients for a while; returns the most server processes that the server ever counted.
  private static int run(PoolFixture fixture, List<Client> clients, Duration time, String sql) throws SQLException {
    clients.forEach(client -> client.loop.execute(() -> client.run(fixture.pools, sql)));
    int most = 0;
    long end = System.nanoTime() + time.toNanos();
    try (Connection connection = server.connect("postgres");
        PreparedStatement count = connection.prepareStatement(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename IS DISTINCT FROM 'postgres'")) {
      while (System.nanoTime() < end) {
        try (ResultSet row = count.executeQuery()) {
          row.next();
          most = Math.max(most, row.getInt(1));
        }
      }
    }
    clients.forEach(client -> client.stop = true);
    clients.forEach(client -> Borrower.get(client.ended));
    return most;
  }

  private static String report(List<Client> clients) {
    StringBuilder report = new StringBuilder();
    clients.forEach(client -> report.append(client.key.role()).append(' ').append(client.done.get()).append(" longest ")
        .append(TimeUnit.NANOSECONDS.toMillis(client.longestNanos.get())).append(" ms; "));
    return report.toString();
  }

  @Test
  void withMoreLoopsThanPlacesTheCapHoldsAndNobodyStarves() throws SQLException {
    try (PoolFixture fixture = PoolFixture.of(8, settings(2), server)) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        clients.add(new Client(fixture.loops.get(i % 8), APP));
      }
      int most = run(fixture, clients, Duration.ofSeconds(3), "SELECT 1");
      assertThat(most).as("server processes").isLessThanOrEqualTo(2).isPositive();
      assertThat(clients).as(report(clients)).allSatisfy(client -> {
        assertThat(client.done.get()).isGreaterThan(12);
        assertThat(client.longestNanos.get()).isLessThan(TimeUnit.SECONDS.toNanos(2));
      });
    }
  }

  @Test
  void onePlaceIsSharedByTwoRolesInTurns() throws SQLException {
    try (PoolFixture fixture = PoolFixture.of(2, settings(1), server)) {
      List<Client> clients = List.of(
          new Client(fixture.loops.get(0), APP), new Client(fixture.loops.get(1), APP),
          new Client(fixture.loops.get(0), OTHER), new Client(fixture.loops.get(1), OTHER));
      int most = run(fixture, clients, Duration.ofSeconds(3), "SELECT 1");
      assertThat(most).isEqualTo(1);
      assertThat(clients).as(report(clients)).allSatisfy(client -> assertThat(client.done.get()).isGreaterThan(20));
    }
  }

  @Test
  void placesAreEvenedOutAndThenStay() throws SQLException {
    try (PoolFixture fixture = PoolFixture.of(2, settings(8), server)) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        clients.add(new Client(fixture.loops.get(0), APP));
      }
      Client late = new Client(fixture.loops.get(1), OTHER);
      fixture.loops.get(1).schedule(() -> late.run(fixture.pools, "SELECT 1"), 1, TimeUnit.SECONDS);
      run(fixture, clients, Duration.ofSeconds(3), "SELECT 1");
      late.stop = true;
      Borrower.get(late.ended);
      assertThat(late.done.get()).as("one client of a late role beside sixteen busy ones").isGreaterThan(500);
    }
  }

  @Test
  void aLoopWithoutAConnectionGetsThatOfAnIdleOne() {
    try (PoolFixture fixture = PoolFixture.of(3, settings(1), server)) {
      for (int round = 0; round < 9; round++) {
        ServerConnection connection = Borrower.get(
            Borrower.acquire(fixture.pools, fixture.loops.get(round % 3), S1, round % 2 == 0 ? APP : OTHER), 2_000);
        assertThat(connection.eventLoop()).isSameAs(fixture.loops.get(round % 3));
        fixture.release(connection);
      }
    }
  }

  @Test
  void transactionsThatWaitForEachOthersPlacesAreBrokenAtOnceTheYoungestFirst() {
    try (PoolFixture fixture = new PoolFixture(
        Transport.best(), 2, settings(1), Map.of(S1, server.url("app"), S2, server.url("app")))) {
      ServerConnection olderHas = Borrower.get(Borrower.acquire(fixture.pools, fixture.loops.get(0), S1, APP));
      ServerConnection youngerHas = Borrower.get(Borrower.acquire(fixture.pools, fixture.loops.get(1), S2, APP));
      CompletableFuture<ServerConnection> younger = Borrower.acquire(
          fixture.pools, fixture.loops.get(1), S1, APP, new CrossShardClaim(2, Set.of(S2)));
      CompletableFuture<ServerConnection> older = Borrower.acquire(
          fixture.pools, fixture.loops.get(0), S2, APP, new CrossShardClaim(1, Set.of(S1)));
      long began = System.nanoTime();
      PoolException refused = Borrower.refusal(younger);
      assertThat(refused.sqlState().code()).isEqualTo("40001");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).as("found, not timed out").isLessThan(Duration.ofSeconds(1));
      assertThat(older).isNotDone();
      fixture.release(youngerHas, ReleaseState.ABANDONED);
      fixture.release(Borrower.get(older));
      fixture.release(olderHas);
    }
  }

  @Test
  void aWaitThatIsNoDeadlockIsNotBroken() throws InterruptedException {
    try (PoolFixture fixture = new PoolFixture(
        Transport.best(), 1, settings(2), Map.of(S1, server.url("app"), S2, server.url("app")))) {
      ServerConnection a1 = Borrower.get(fixture.acquire(S1));
      ServerConnection b2 = Borrower.get(fixture.acquire(S2));
      ServerConnection c1 = Borrower.get(fixture.acquire(S1));
      ServerConnection d2 = Borrower.get(fixture.acquire(S2));
      CompletableFuture<ServerConnection> a = Borrower.acquire(fixture.pools, fixture.loop(), S2, APP, new CrossShardClaim(1, Set.of(S1)));
      CompletableFuture<ServerConnection> b = Borrower.acquire(fixture.pools, fixture.loop(), S1, APP, new CrossShardClaim(2, Set.of(S2)));
      Thread.sleep(300);
      assertThat(a).as("d holds s2 and will end").isNotDone();
      assertThat(b).as("c holds s1 and will end").isNotDone();
      fixture.release(d2);
      fixture.release(Borrower.get(a));
      fixture.release(a1);
      fixture.release(Borrower.get(b));
      fixture.release(b2);
      fixture.release(c1);
    }
  }

  @Test
  void aWaitWhileHoldingOthersEndsInTimeAndGoesFirst() {
    try (PoolFixture fixture = new PoolFixture(
        Transport.best(), 1, settings(1), Map.of(S1, server.url("app"), S2, server.url("app")))) {
      ServerConnection held = Borrower.get(fixture.acquire(S1));
      CompletableFuture<ServerConnection> plain = fixture.acquire(S1);
      CompletableFuture<ServerConnection> holder = Borrower.acquire(
          fixture.pools, fixture.loop(), S1, APP, new CrossShardClaim(7, Set.of(S2)));
      Borrower.get(CompletableFuture.runAsync(() -> {}, fixture.loop()));
      fixture.release(held);
      ServerConnection first = Borrower.get(holder, 2_000);
      assertThat(plain).isNotDone();
      CompletableFuture<ServerConnection> late = Borrower.acquire(
          fixture.pools, fixture.loop(), S1, APP, new CrossShardClaim(8, Set.of(S2)));
      long began = System.nanoTime();
      PoolException refused = Borrower.refusal(late);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).as("limit: 3 s").isBetween(Duration.ofSeconds(2), Duration.ofSeconds(5));
      assertThat(refused.reason()).isEqualTo(PoolException.Reason.HOLD_AND_WAIT);
      assertThat(refused.sqlState().code()).isEqualTo("40001");
      fixture.release(first);
      fixture.release(Borrower.get(plain));
    }
  }

  @Test
  void anAdmittedTransactionGetsAPlaceWhenNobodyElseDoes() throws SQLException {
    try (PoolFixture fixture = PoolFixture.of(2, settings(4), server)) {
      List<ServerConnection> common = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        common.add(Borrower.get(fixture.acquire()));
      }
      CompletableFuture<ServerConnection> plain = fixture.acquire();
      for (EventLoop loop : fixture.loops) {
        ServerConnection admitted = Borrower.get(Borrower.acquire(fixture.pools, loop, S1, APP, new CrossShardClaim(1, Set.of(S2), true)), 2_000);
        assertThat(plain).as("what is set apart is not for it").isNotDone();
        assertThat(fixture.pools.views().getFirst().open()).as("at most the cap").isEqualTo(4);
        fixture.release(admitted);
      }
      common.forEach(fixture::release);
      fixture.release(Borrower.get(plain));
    }
  }

  /// Eight places, two of them set apart: these are for when the others are taken, as moving one from loop to loop costs a login.
  @Test
  void admittedTransactionsUseThePlacesOfEverybodyFirst() {
    try (PoolFixture fixture = new PoolFixture(Transport.best(), 2, settings(8), Map.of(S1, server.url("app")))) {
      List<ServerConnection> admitted = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        CrossShardClaim claim = new CrossShardClaim(i, Set.of(), true);
        admitted.add(Borrower.get(Borrower.acquire(fixture.pools, fixture.loops.get(i % 2), S1, APP, claim)));
      }
      admitted.forEach(fixture::release);
    }
  }

  /// Four places at home: one for transactions over several shards, one for those who give it back at once, two for everybody.
  @Test
  void whoNeedsAHomeConnectionForAMomentDoesNotWaitForTransactions() {
    try (PoolFixture fixture =
        new PoolFixture(Transport.best(), 2, settings(4), Map.of(S1, server.url("app"), S2, server.url("app")), S1)) {
      EventLoop loop = fixture.loops.getFirst();
      List<ServerConnection> held = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        held.add(Borrower.get(Borrower.acquire(fixture.pools, loop, S1, APP, null)));
      }
      CompletableFuture<ServerConnection> plain = Borrower.acquire(fixture.pools, loop, S1, APP, null);
      for (int i = 0; i < 6; i++) {
        EventLoop either = fixture.loops.get(i % 2);
        fixture.release(Borrower.get(Borrower.acquireBriefly(fixture.pools, either, S1, APP)));
      }
      assertThat(plain).isNotDone();
      List<ServerConnection> elsewhere = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        elsewhere.add(Borrower.get(Borrower.acquire(fixture.pools, loop, S2, APP, null))); // no place set apart for moments there
      }
      elsewhere.forEach(fixture::release);
      held.forEach(fixture::release);
      fixture.release(Borrower.get(plain));
    }
  }

  @Test
  void randomTransactionsOverThreeShardsAllEnd() throws InterruptedException {
    var s3 = new ShardId("s3");
    String url = server.url("app");
    try (PoolFixture fixture = new PoolFixture(Transport.best(), 3, settings(2), Map.of(S1, url, S2, url, s3, url))) {
      var random = new Random(20261122);
      var numbers = new AtomicLong();
      Map<String, AtomicLong> outcomes = new ConcurrentHashMap<>();
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int client = 0; client < 24; client++) {
        EventLoop loop = fixture.loops.get(client % 3);
        CompletableFuture<Void> chain = CompletableFuture.completedFuture(null);
        for (int round = 0; round < 12; round++) {
          var order = new ArrayList<>(List.of(S1, S2, s3));
          Collections.shuffle(order, random);
          chain = chain.thenComposeAsync(_ -> transaction(fixture, loop, order, numbers.incrementAndGet(), outcomes), loop);
        }
        all.add(chain);
      }
      Borrower.get(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)), 60_000);
      assertThat(outcomes.keySet()).as(outcomes.toString()).contains("ok").doesNotContain("QUEUE_TIMEOUT", "SHARD_UNREACHABLE");
      assertThat(outcomes.values().stream().mapToLong(AtomicLong::get).sum()).isEqualTo(24 * 12);
      assertThat(fixture.pools.views()).allSatisfy(view -> assertThat(view.waiting()).isZero());
    }
  }

  private static CompletableFuture<Void> transaction(
      PoolFixture fixture, EventLoop loop, List<ShardId> order, long number, Map<String, AtomicLong> outcomes) {
    List<ServerConnection> held = new ArrayList<>();
    CompletableFuture<Void> steps = CompletableFuture.completedFuture(null);
    for (var shard : order) {
      steps = steps.thenCompose(_ -> {
        CrossShardClaim claim = held.isEmpty() ? null
            : new CrossShardClaim(number, Set.copyOf(held.stream().map(ServerConnection::shard).toList()));
        return Borrower.acquire(fixture.pools, loop, shard, APP, claim)
            .thenCompose(connection -> {
              held.add(connection);
              return Borrower.query(connection, "BEGIN").thenApply(_ -> null);
            });
      });
    }
    return steps.handleAsync((_, failure) -> {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      String outcome = cause == null ? "ok" : cause instanceof PoolException why ? why.reason().name() : cause.toString();
      outcomes.computeIfAbsent(outcome, _ -> new AtomicLong()).incrementAndGet();
      held.forEach(connection -> fixture.pools.release(connection, ReleaseState.ABANDONED));
      return null;
    }, loop);
  }
}
