package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.oid.OidMap;
import io.shardgate.proxy.oid.ServerNames;
import io.shardgate.router.catalog.Catalog;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One database's newest snapshot and its loads: one at a time, and at most one more that waits.
///
///     idle → loading [refresh]   loading → loading and one asked for [refresh]   … → loading [finished]   loading → idle [finished]
///
/// A caller that comes while a load runs gets the next one: the running one may have read before the caller's own commit.
///
/// Thread-safe: the state is one atomic reference, what was read are volatile fields that only the running load writes.
final class DatabaseCatalog {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseCatalog.class);

  private static final String NO_SUCH_DATABASE = "3D000";

  /// How long a shard that could not be read is left out of loads, so that a dead shard delays nobody's DDL on another.
  private static final Duration LEAVE_OUT = Duration.ofSeconds(2);

  /// How long a load then waits for it: it is back, and answers at once, or it goes on hanging.
  private static final Duration LEFT_OUT_PATIENCE = Duration.ofMillis(250);

  /// A catalog function can meet an object that was dropped after the snapshot began; the next try sees a newer one.
  private static final int TRIES = 3;

  /// How often a table that seems to differ between shards is looked at again, and after which pauses.
  private static final int DRIFT_LOOKS = 2;

  private static final Duration DRIFT_PAUSE = Duration.ofMillis(100);

  private final String database;
  private final ServiceConnections connections;
  private final Supplier<ShardMap> map;
  private final ProxyMetrics metrics;
  private final AtomicLong versions;
  private final AtomicReference<Loads> loads = new AtomicReference<>(new Loads(null, null));
  private final Map<ShardId, ServerNames> names = new ConcurrentHashMap<>();
  private final Map<ShardId, Long> leftOutUntil = new ConcurrentHashMap<>();
  private volatile @Nullable CatalogSnapshot snapshot;
  private volatile @Nullable Read lastRead;

  /// The digest of the catalog that a look read; null after a load that somebody asked for, which saves the time for it.
  private volatile @Nullable String digest;

  private record Loads(@Nullable CompletableFuture<CatalogSnapshot> running, @Nullable CompletableFuture<CatalogSnapshot> next) {}

  DatabaseCatalog(String database, ServiceConnections connections, Supplier<ShardMap> map, ProxyMetrics metrics, AtomicLong versions) {
    this.database = database;
    this.connections = connections;
    this.map = map;
    this.metrics = metrics;
    this.versions = versions;
  }

  String database() {
    return database;
  }

  @Nullable CatalogSnapshot current() {
    return snapshot;
  }

  Set<ShardId> unreadShards() {
    return Set.copyOf(leftOutUntil.keySet());
  }

  CompletionStage<CatalogSnapshot> refresh() {
    return refresh(false);
  }

  private CompletionStage<CatalogSnapshot> refresh(boolean look) {
    while (true) {
      Loads now = state();
      if (now.next() != null) {
        return now.next();
      }
      CompletableFuture<CatalogSnapshot> asked = new CompletableFuture<>();
      Loads then = now.running() == null ? new Loads(asked, null) : new Loads(now.running(), asked);
      if (loads.compareAndSet(now, then)) {
        if (then.next() == null) {
          start(asked, look);
        }
        return asked;
      }
    }
  }

  private Loads state() {
    return Objects.requireNonNull(loads.get());
  }

  /// @param gone called when there is no such database any more
  void refreshQuietly(Consumer<DatabaseCatalog> gone) {
    if (snapshot == null || state().running() != null) {
      return;
    }
    var _ =
        refresh(true)
            .whenComplete(
                (_, failure) -> {
                  if (failure instanceof ServiceException service && service.sqlState().equals(NO_SUCH_DATABASE)) {
                    gone.accept(this);
                  } else if (failure != null) {
                    LOG.warn("catalog of database {} could not be read again: {}", database, failure.getMessage());
                  }
                });
  }

  private void start(CompletableFuture<CatalogSnapshot> load, boolean look) {
    try {
      connections.threads().execute(() -> run(load, look));
    } catch (java.util.concurrent.RejectedExecutionException e) {
      finished();
      load.completeExceptionally(e);
    }
  }

  private void run(CompletableFuture<CatalogSnapshot> load, boolean look) {
    CatalogSnapshot made;
    try {
      made = load(look);
    } catch (RuntimeException e) {
      metrics.catalogLoaded(false, false);
      finished();
      load.completeExceptionally(e instanceof CompletionException wrapped && wrapped.getCause() != null ? wrapped.getCause() : e);
      return;
    }
    snapshot = made;
    finished();
    load.complete(made);
  }

  private void finished() {
    Loads now = state();
    while (!loads.compareAndSet(now, new Loads(now.next(), null))) {
      now = state();
    }
    if (now.next() != null) {
      start(now.next(), false);
    }
  }

  /// Two shards read at two moments differ for the time in which a change is committed on one after the other: a new drift is looked at again.
  private CatalogSnapshot load(boolean look) {
    Read read = read(look);
    for (int again = 0; again < DRIFT_LOOKS && hasNewDrift(read); again++) {
      pause();
      read = read(false);
    }
    return next(read);
  }

  private boolean hasNewDrift(Read read) {
    @Nullable CatalogSnapshot before = snapshot;
    Map<?, ?> known = before == null ? Map.of() : before.catalog().drifts();
    return !known.keySet().containsAll(read.home().catalog().drifts().keySet());
  }

  private static void pause() {
    try {
      Thread.sleep(DRIFT_PAUSE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Read read(boolean look) {
    ShardMap shards = map.get();
    ShardId home = shards.home();
    Map<ShardId, CompletableFuture<ServerNames>> others = new HashMap<>();
    for (ShardId shard : shards.allShards()) {
      if (!shard.equals(home) && !isLeftOut(shard)) {
        others.put(shard, readSoon(shard));
      }
    }
    CatalogLoader.Loaded loaded = connections.call(home, database, connection -> inSnapshot(connection, source -> readHome(home, source, look)));
    others.forEach(this::keepNames);
    names.keySet().retainAll(shards.allShards());
    Map<ShardId, ServerNames> known = Map.copyOf(names);
    Map<ShardId, ServerNames> readNow = new HashMap<>(known);
    readNow.keySet().removeAll(leftOutUntil.keySet());
    @Nullable CatalogSnapshot before = snapshot;
    Catalog catalog =
        loaded.catalog().withDrifts(ColumnDrifts.own(loaded.names(), readNow, before == null ? Catalog.empty() : before.catalog()));
    return new Read(home, new CatalogLoader.Loaded(catalog, loaded.names()), known);
  }

  /// A server can hang without refusing anything (it is stopped, its host is gone): a load does not wait for as long as a query may.
  private CompletableFuture<ServerNames> readSoon(ShardId shard) {
    Duration patience = leftOutUntil.containsKey(shard) ? LEFT_OUT_PATIENCE : connections.patience();
    return connections.run(shard, database, DatabaseCatalog::readNames).toCompletableFuture().orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// The next snapshot: the one before where it says the same.
  private CatalogSnapshot next(Read read) {
    @Nullable CatalogSnapshot before = snapshot;
    @Nullable Read last = lastRead;
    lastRead = read;
    boolean sameCatalog = before != null && before.catalog().sameContentAs(read.home().catalog());
    metrics.catalogLoaded(true, !sameCatalog);
    if (before == null || last == null) {
      return new CatalogSnapshot(numbered(read), read.oids());
    }
    boolean sameOids = last.sameOidsAs(read);
    if (sameCatalog && sameOids) {
      return before;
    }
    return new CatalogSnapshot(sameCatalog ? before.catalog() : numbered(read), sameOids ? before.oids() : read.oids());
  }

  private Catalog numbered(Read read) {
    return read.home().catalog().withVersion(versions.incrementAndGet());
  }

  /// What one load brought.
  private record Read(ShardId homeShard, CatalogLoader.Loaded home, Map<ShardId, ServerNames> others) {

    OidMap oids() {
      return new OidMap(homeShard, home.names(), others);
    }

    boolean sameOidsAs(Read later) {
      return homeShard.equals(later.homeShard)
          && home.names().sameAs(later.home.names())
          && others.keySet().equals(later.others.keySet())
          && others.entrySet().stream().allMatch(entry -> entry.getValue().sameAs(Objects.requireNonNull(later.others.get(entry.getKey()))));
    }
  }

  private boolean isLeftOut(ShardId shard) {
    @Nullable Long until = leftOutUntil.get(shard);
    return until != null && System.nanoTime() - until < 0;
  }

  /// A shard that cannot be read keeps its last names: it changes nothing while it is down.
  private void keepNames(ShardId shard, CompletableFuture<ServerNames> read) {
    try {
      names.put(shard, read.join());
      leftOutUntil.remove(shard);
    } catch (CompletionException e) {
      if (leftOutUntil.put(shard, System.nanoTime() + LEAVE_OUT.toNanos()) == null) {
        LOG.warn("OIDs of database {} could not be read: {}", database, e.getCause() instanceof TimeoutException ? "shard " + shard + " does not answer" : String.valueOf(e.getCause()));
      }
    }
  }

  private CompletionStage<CatalogLoader.Loaded> readHome(ShardId home, CatalogSource source, boolean look) {
    if (!look) {
      digest = null;
      return CatalogLoader.load(source);
    }
    return source.query(CatalogQueries.DIGEST).thenCompose(rows -> readIfChanged(home, source, String.valueOf(rows.getFirst().getFirst())));
  }

  private CompletionStage<CatalogLoader.Loaded> readIfChanged(ShardId home, CatalogSource source, String newDigest) {
    @Nullable Read last = lastRead;
    if (last != null && newDigest.equals(digest) && last.homeShard().equals(home)) {
      return CompletableFuture.completedStage(last.home());
    }
    return CatalogLoader.load(source)
        .thenApply(
            loaded -> {
              digest = newDigest;
              return loaded;
            });
  }

  private static ServerNames readNames(Connection connection) throws SQLException {
    return inSnapshot(connection, CatalogLoader::loadNames);
  }

  private static <T> T inSnapshot(Connection connection, java.util.function.Function<CatalogSource, CompletionStage<T>> read) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return inSnapshotOnce(connection, read);
      } catch (SQLException e) {
        boolean lost = e.getSQLState() == null || e.getSQLState().startsWith("08") || e.getSQLState().startsWith("57P");
        if (attempt == TRIES || lost) {
          throw e;
        }
      }
    }
  }

  private static <T> T inSnapshotOnce(Connection connection, java.util.function.Function<CatalogSource, CompletionStage<T>> read) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      try {
        return read.apply(new JdbcCatalogSource(connection)).toCompletableFuture().join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof SQLException failure ? failure : new SQLException(e.getCause());
      } finally {
        if (!connection.isClosed()) {
          statement.execute("ROLLBACK");
        }
      }
    }
  }
}
