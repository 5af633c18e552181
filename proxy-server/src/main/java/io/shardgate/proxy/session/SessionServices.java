package io.shardgate.proxy.session;

import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.admin.AdminActs;
import io.shardgate.proxy.catalog.CatalogKeeper;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.execute.PlacedKeys;
import io.shardgate.proxy.execute.PlanExecutor;
import io.shardgate.proxy.execute.TextReadings;
import io.shardgate.proxy.gather.Gatherer;
import io.shardgate.proxy.listen.Ears;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.transaction.CommitProtocol;
import io.shardgate.proxy.transaction.Deadlocks;
import io.shardgate.router.SqlRouter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What all sessions of a proxy share. Immutable; each part is thread-safe.
///
/// @param map the shard map in force
/// @param directoryFault what keeps the proxy from following the recorded map, in words
/// @param keys the way to keys that the map does not know
/// @param readings the way to what texts mean as keys
public record SessionServices(
    ProxyConfig config,
    ServerPools pools,
    SqlRouter router,
    Supplier<ShardMap> map,
    PlacedKeys keys,
    TextReadings readings,
    Supplier<List<ProxyPresence>> proxies,
    Supplier<Optional<String>> directoryFault,
    CatalogKeeper catalogs,
    ProxyMetrics metrics,
    SessionRegistry registry,
    CommitProtocol commitProtocol,
    Deadlocks deadlocks,
    AdminActs admin,
    Ears ears,
    PlanExecutor executor,
    Gatherer gatherer) {}
