package io.shardgate.proxy.transaction;

import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.transaction.CrossShardTransaction.Member;
import io.shardgate.proxy.transaction.WaitGraph.Backend;
import io.shardgate.proxy.transaction.WaitGraph.Edge;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds transactions that wait for each other's locks on different shards, which no server can see by itself, and ends the youngest of them
/// with 40001.
/// Thread-safe: transactions come and go by a concurrent set; looking and asking is one virtual thread's.
///
/// Transactions on one shard cost nothing here; those on several are noted, and as long as no two of them have been waiting for a
/// second nobody is asked. Then each server is asked who waits for whom (`pg_blocking_pids`). Servers are not asked at one moment, so a
/// deadlock counts only when all its waits, of the same statements, are seen again a little later.
public final class Deadlocks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deadlocks.class);

  /// As long as PostgreSQL lets a wait last before it looks (`deadlock_timeout`), and how often we look.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final Duration SECOND_LOOK_AFTER = Duration.ofMillis(100);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private static final String WAITS =
      """
      SELECT waiting.pid, blocking.pid
      FROM pg_stat_activity AS waiting, unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
      WHERE waiting.wait_event_type = 'Lock' AND waiting.backend_type = 'client backend'""";

  private final ServiceConnections service;
  private final ServerPools pools;
  private final ProxyMetrics metrics;
  private final AtomicLong numbers = new AtomicLong();
  private final Set<CrossShardTransaction> transactions = ConcurrentHashMap.newKeySet();
  private final Thread clock;

  private Deadlocks(ServiceConnections service, ServerPools pools, ProxyMetrics metrics) {
    this.service = service;
    this.pools = pools;
    this.metrics = metrics;
    this.clock = Thread.ofVirtual().name("deadlocks").unstarted(this::run);
  }

  public static Deadlocks start(ServiceConnections service, ServerPools pools, ProxyMetrics metrics) {
    Deadlocks deadlocks = new Deadlocks(service, pools, metrics);
    deadlocks.clock.start();
    return deadlocks;
  }

  /// A transaction is on its second shard now.
  CrossShardTransaction watch(EventLoop loop, TransactionBlock block) {
    CrossShardTransaction transaction = new CrossShardTransaction(numbers.incrementAndGet(), loop, block);
    transactions.add(transaction);
    return transaction;
  }

  /// It has ended.
  void forget(CrossShardTransaction transaction) {
    transactions.remove(transaction);
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(PATIENCE);
        if (transactions.size() > 1) {
          look();
        }
      } catch (InterruptedException _) {
        return;
      } catch (TimeoutException | RuntimeException failure) {
        LOG.warn("deadlocks over several shards can't be looked for: {}", failure.getMessage());
      }
    }
  }

  private void look() throws InterruptedException, TimeoutException {
    Map<CrossShardTransaction, List<Member>> before = members();
    if (before.values().stream().filter(Deadlocks::waitsForLong).count() < 2) {
      return;
    }
    Set<Edge> edges = waits(before);
    if (new WaitGraph(edges).deadlock().isEmpty()) {
      return;
    }
    Thread.sleep(SECOND_LOOK_AFTER);
    edges.retainAll(waits(members()));
    for (List<Edge> deadlock = new WaitGraph(edges).deadlock(); !deadlock.isEmpty(); deadlock = new WaitGraph(edges).deadlock()) {
      Edge broken = youngest(deadlock);
      if (broken.waiter() instanceof CrossShardTransaction victim && breakOff(victim, broken)) {
        metrics.deadlockBroken();
        LOG.info("ended a transaction on shard {}: it and {} others waited for each other on several shards", broken.shard(), deadlock.size() - 1);
      }
      edges.removeIf(edge -> edge.waiter().equals(broken.waiter()));
    }
  }

  private static boolean waitsForLong(List<Member> members) {
    long now = System.nanoTime();
    return members.size() > 1
        && members.stream().anyMatch(member -> member.isRunning() && now - member.statement() >= PATIENCE.toNanos());
  }

  private Map<CrossShardTransaction, List<Member>> members() throws InterruptedException, TimeoutException {
    Map<CrossShardTransaction, CompletableFuture<List<Member>>> asked = new HashMap<>();
    transactions.forEach(transaction -> asked.put(transaction, transaction.members()));
    Map<CrossShardTransaction, List<Member>> members = new HashMap<>();
    for (var each : asked.entrySet()) {
      members.put(each.getKey(), answer(each.getValue()));
    }
    return members;
  }

  /// Who waits for whom on the shards where transactions over several have something running.
  private Set<Edge> waits(Map<CrossShardTransaction, List<Member>> members) throws InterruptedException, TimeoutException {
    Map<Backend, CrossShardTransaction> owners = new HashMap<>();
    Map<Backend, Long> statements = new HashMap<>();
    Set<ShardId> shards = new LinkedHashSet<>();
    members.forEach(
        (transaction, ofIt) -> {
          for (Member member : ofIt) {
            Backend backend = new Backend(member.shard(), member.processId());
            owners.put(backend, transaction);
            statements.put(backend, member.statement());
            if (member.isRunning()) {
              shards.add(member.shard());
            }
          }
        });
    Map<ShardId, CompletableFuture<List<int[]>>> asked = new HashMap<>();
    shards.forEach(
        shard -> asked.put(shard, service.run(shard, service.databaseOf(shard), Deadlocks::waits).toCompletableFuture()));
    Set<Edge> edges = new HashSet<>();
    for (var each : asked.entrySet()) {
      ShardId shard = each.getKey();
      for (int[] wait : answered(shard, each.getValue())) {
        Backend waiter = new Backend(shard, wait[0]);
        Backend blocker = new Backend(shard, wait[1]);
        edges.add(new Edge(node(owners, waiter), node(owners, blocker), shard, statements.getOrDefault(waiter, 0L)));
      }
    }
    return edges;
  }

  private static Object node(Map<Backend, CrossShardTransaction> owners, Backend backend) {
    CrossShardTransaction owner = owners.get(backend);
    return owner == null ? backend : owner;
  }

  private static List<int[]> waits(Connection connection) throws SQLException {
    List<int[]> waits = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(WAITS)) {
      while (row.next()) {
        waits.add(new int[] {row.getInt(1), row.getInt(2)});
      }
    }
    return waits;
  }

  /// A shard that does not answer has no part in a deadlock that can be broken now.
  private static List<int[]> answered(ShardId shard, CompletableFuture<List<int[]>> asked) throws InterruptedException {
    try {
      return answer(asked);
    } catch (TimeoutException | ServiceException failure) {
      LOG.debug("shard {} does not say who waits there", shard, failure);
      return List.of();
    }
  }

  private static Edge youngest(List<Edge> deadlock) {
    Edge youngest = deadlock.getFirst();
    long number = -1;
    for (Edge edge : deadlock) {
      if (edge.waiter() instanceof CrossShardTransaction transaction && transaction.number() > number) {
        youngest = edge;
        number = transaction.number();
      }
    }
    return youngest;
  }

  private boolean breakOff(CrossShardTransaction victim, Edge wait) throws InterruptedException, TimeoutException {
    return answer(victim.breakOff(wait.shard(), wait.statement(), pools));
  }

  private static <T> T answer(CompletableFuture<T> asked) throws InterruptedException, TimeoutException {
    try {
      return asked.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.ExecutionException failure) {
      if (failure.getCause() instanceof ServiceException unreachable) {
        throw unreachable;
      }
      throw new CompletionException(failure.getCause());
    }
  }

  @Override
  public void close() {
    clock.interrupt();
  }
}
