package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.oid.OidMap;
import io.shardgate.proxy.oid.ServerNames;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Holds the newest [CatalogSnapshot] of each database that clients use, and makes newer ones.
///
/// Thread-safe: snapshots are immutable and replaced in one step; loads run on virtual threads.
public final class CatalogKeeper implements AutoCloseable {

  private final ServiceConnections connections;
  private final Supplier<ShardMap> map;
  private final ProxyMetrics metrics;
  private final AtomicLong versions = new AtomicLong();
  private final Map<String, DatabaseCatalog> databases = new ConcurrentHashMap<>();
  private final Thread looker;

  /// @param lookAgain how often databases in use are loaded again, so that changes behind the proxy's back are seen
  public CatalogKeeper(ServiceConnections connections, Supplier<ShardMap> map, ProxyMetrics metrics, Duration lookAgain) {
    this.connections = connections;
    this.map = map;
    this.metrics = metrics;
    looker = Thread.ofVirtual().name("catalog-look-again").start(() -> lookAgain(lookAgain));
  }

  /// The newest snapshot, at once; empty before the first load has succeeded, and when the database was dropped. Hot path: one map look-up.
  public Optional<CatalogSnapshot> current(String database) {
    @Nullable DatabaseCatalog kept = databases.get(database);
    return kept == null ? Optional.empty() : Optional.ofNullable(kept.current());
  }

  /// The newest snapshot, loaded if there is none yet.
  ///
  /// @return completes on any thread; exceptionally with a [ServiceException] when the home shard cannot be read
  public CompletionStage<CatalogSnapshot> get(String database) {
    DatabaseCatalog kept = kept(database);
    @Nullable CatalogSnapshot now = kept.current();
    return now == null ? refresh(kept) : CompletableFuture.completedStage(now);
  }

  /// A snapshot that has everything committed before this call. Calls that come while a load runs share the next one.
  ///
  /// @return completes on any thread; exceptionally with a [ServiceException] when the home shard cannot be read
  public CompletionStage<CatalogSnapshot> refresh(String database) {
    return refresh(kept(database));
  }

  /// What could not be read even once is not kept: names of databases come from clients.
  private CompletionStage<CatalogSnapshot> refresh(DatabaseCatalog kept) {
    CompletionStage<CatalogSnapshot> load = kept.refresh();
    return load.whenComplete(
        (_, failure) -> {
          if (failure != null && kept.current() == null) {
            databases.remove(kept.database(), kept);
          }
        });
  }

  /// Loads what a session sees through its own connections: its temporary tables and what its transaction has not committed. Not kept.
  ///
  /// @param home the session's connection to the home shard
  /// @param others its connections to other shards; of shards it has none to, the names that `known` has hold
  /// @return has a version of its own, unlike any other
  public CompletionStage<CatalogSnapshot> loadOwn(CatalogSource home, Map<ShardId, CatalogSource> others, CatalogSnapshot known) {
    CompletionStage<Map<ShardId, ServerNames>> names = CompletableFuture.completedStage(new HashMap<>());
    for (Map.Entry<ShardId, CatalogSource> other : others.entrySet()) {
      CompletionStage<ServerNames> loading = CatalogLoader.loadNames(other.getValue());
      names =
          names.thenCombine(
              loading,
              (all, one) -> {
                all.put(other.getKey(), one);
                return all;
              });
    }
    ShardId homeShard = map.get().home();
    return CatalogLoader.load(home)
        .thenCombine(
            names,
            (loaded, all) ->
                new CatalogSnapshot(
                    loaded.catalog().withDrifts(ColumnDrifts.own(loaded.names(), all, known.catalog())).withVersion(versions.incrementAndGet()),
                    new OidMap(homeShard, loaded.names(), all, known.oids())));
  }

  private DatabaseCatalog kept(String database) {
    return databases.computeIfAbsent(database, name -> new DatabaseCatalog(name, connections, map, metrics, versions));
  }

  private void lookAgain(Duration pause) {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(pause);
      } catch (InterruptedException _) {
        return;
      }
      databases.values().forEach(kept -> kept.refreshQuietly(gone -> databases.remove(gone.database(), gone)));
    }
  }

  /// The map changed: the databases in use are looked at on the shards of now, in the background.
  public void shardsMayDiffer() {
    databases.values().forEach(kept -> kept.refreshQuietly(gone -> databases.remove(gone.database(), gone)));
  }

  /// The shards whose OIDs could not be read at the last load of a database.
  public java.util.Set<ShardId> unreadShards(String database) {
    @Nullable DatabaseCatalog kept = databases.get(database);
    return kept == null ? java.util.Set.of() : kept.unreadShards();
  }

  @Override
  public void close() {
    looker.interrupt();
  }
}
