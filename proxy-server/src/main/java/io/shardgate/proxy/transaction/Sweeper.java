package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.observe.ProxyMetrics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Settles what dead or cut-off proxies left prepared, and removes verdicts that nobody can need any more. Every proxy has one; they may
/// work at the same transactions at once.
///
/// Thread-safe: virtual threads of its own, one round at a time for each shard; all that is decided is decided on the shards.
final class Sweeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

  /// Prepared transactions of one shard that one round settles.
  private static final int ROUND_MAX = 1_000;

  private static final Duration REMOVE_EVERY = Duration.ofHours(1);

  /// How far servers' clocks may be apart where ages on one are compared with ages on another.
  private static final Duration CLOCKS_APART_MAX = Duration.ofHours(1);

  private static final String IN_DOUBT =
      """
      SELECT gid, database FROM pg_prepared_xacts
      WHERE starts_with(gid, ?) AND prepared < clock_timestamp() - make_interval(secs => ?)
      ORDER BY prepared LIMIT ?""";

  private static final String OLDEST =
      """
      SELECT least(
        (SELECT min(backend_start) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        (SELECT min(prepared) FROM pg_prepared_xacts),
        clock_timestamp())""";

  private static final String REMOVE = "DELETE FROM shardgate.commit_log WHERE decided_at < least(clock_timestamp() - make_interval(secs => ?), ?)";

  private final Supplier<ShardMap> map;
  private final ServiceConnections service;
  private final ServerObjects objects;
  private final Recovery recovery;
  private final ProxyMetrics metrics;
  private final CommitTiming timing;
  private final Predicate<GlobalId> ours;
  private final Map<ShardId, Thread> rounds = new ConcurrentHashMap<>();
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private final Thread clock;

  /// @param ours whether a commit of this proxy is at work on a transaction: it is left to it
  Sweeper(
      Supplier<ShardMap> map, ServiceConnections service, ServerObjects objects, Recovery recovery, ProxyMetrics metrics,
      CommitTiming timing, Predicate<GlobalId> ours) {
    this.map = map;
    this.service = service;
    this.objects = objects;
    this.recovery = recovery;
    this.metrics = metrics;
    this.timing = timing;
    this.ours = ours;
    this.clock = Thread.ofVirtual().name("sweeper").start(this::run);
  }

  private void run() {
    long removed = System.nanoTime();
    while (!Thread.currentThread().isInterrupted()) {
      for (ShardId shard : map.get().allShards()) {
        rounds.computeIfAbsent(shard, id -> Thread.ofVirtual().name("sweep-" + id).start(() -> round(id)));
      }
      if (System.nanoTime() - removed > REMOVE_EVERY.toNanos()) {
        removed = System.nanoTime();
        Thread.ofVirtual().name("sweep-verdicts").start(this::removeVerdicts);
      }
      try {
        Thread.sleep(timing.sweepEvery());
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void round(ShardId shard) {
    try {
      objects.install(new ServerObjects.Place(shard, service.databaseOf(shard)));
      String prefix = GlobalId.PREFIX + objects.cluster() + ":";
      List<InDoubt> found = service.call(shard, service.databaseOf(shard), connection -> inDoubt(connection, prefix));
      Map<GlobalId, Boolean> verdicts = new HashMap<>();
      for (InDoubt each : found) {
        if (each.prepared().participant().equals(shard) && !ours.test(each.prepared().transaction())) {
          settle(each, verdicts);
        }
      }
      told.remove(shard.value());
    } catch (RuntimeException failure) {
      tellOnce(shard.value(), "transactions in doubt on shard " + shard + " can't be looked for", failure);
    } finally {
      rounds.remove(shard);
    }
  }

  private record InDoubt(GlobalId.Prepared prepared, String database) {}

  private List<InDoubt> inDoubt(Connection connection, String prefix) throws SQLException {
    List<InDoubt> found = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(IN_DOUBT)) {
      select.setString(1, prefix);
      select.setDouble(2, timing.inDoubtAfter().toMillis() / 1000.0);
      select.setInt(3, ROUND_MAX);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          String database = row.getString(2);
          Optional<GlobalId.Prepared> prepared = GlobalId.parse(row.getString(1));
          prepared.ifPresent(each -> found.add(new InDoubt(each, database)));
        }
      }
    }
    return found;
  }

  private void settle(InDoubt each, Map<GlobalId, Boolean> verdicts) {
    GlobalId transaction = each.prepared().transaction();
    String gid = transaction.on(each.prepared().participant());
    if (!map.get().allShards().contains(transaction.decider())) {
      tellOnce(gid, "prepared transaction " + gid + " can't be settled: its decider is no shard of this cluster", null);
      return;
    }
    try {
      boolean commit = verdicts.computeIfAbsent(transaction, key -> recovery.ask(key, each.database()));
      recovery.finish(each.prepared(), each.database(), commit);
      metrics.settled(commit);
      told.remove(gid);
      LOG.info("{} prepared transaction {}, which was in doubt", commit ? "committed" : "rolled back", gid);
    } catch (ServiceException failure) {
      tellOnce(gid, "prepared transaction " + gid + " can't be settled yet", failure);
    }
  }

  private void tellOnce(String about, String what, @Nullable RuntimeException why) {
    if (told.size() < ROUND_MAX && told.add(about) && !Thread.currentThread().isInterrupted()) {
      LOG.warn("{}{}", what, why == null ? "" : ": " + why.getMessage());
    }
  }

  /// A verdict may go when no backend and no prepared transaction anywhere is as old as it: then nobody can ask for it, and no decider
  /// that it made fail can still be on its way. All shards have to answer.
  void removeVerdicts() {
    try {
      OffsetDateTime oldest = OffsetDateTime.now(java.time.ZoneOffset.UTC);
      for (ShardId shard : map.get().allShards()) {
        OffsetDateTime there = service.call(shard, service.databaseOf(shard), Sweeper::oldest);
        oldest = there.isBefore(oldest) ? there : oldest;
      }
      OffsetDateTime limit = oldest.minus(CLOCKS_APART_MAX);
      for (ServerObjects.Place place : objects.places()) {
        service.call(place.shard(), place.database(), connection -> remove(connection, limit));
      }
    } catch (ServiceException failure) {
      LOG.info("old verdicts stay until the next look: {}", failure.getMessage());
    }
  }

  private static OffsetDateTime oldest(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(OLDEST)) {
      row.next();
      return row.getObject(1, OffsetDateTime.class);
    }
  }

  private int remove(Connection connection, OffsetDateTime limit) throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement(REMOVE)) {
      delete.setDouble(1, timing.keepVerdicts().toMillis() / 1000.0);
      delete.setObject(2, limit);
      return delete.executeUpdate();
    }
  }

  @Override
  public void close() {
    clock.interrupt();
    rounds.values().forEach(Thread::interrupt);
  }
}
