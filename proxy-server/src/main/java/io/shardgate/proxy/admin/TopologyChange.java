package io.shardgate.proxy.admin;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.ExistingTables;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.relay.ServerErrorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A topology takes the place of a directory's: at the start of a proxy, or by `SHARDGATE APPLY`. On a thread that may block.
///
/// Where rows are is never assumed, but asked of the shards themselves, in every database that a client can connect to: the map is the same for
/// all of them. Shards that join are compared with the home shard ([ShardComparison]).
public final class TopologyChange {
  private static final Logger LOG = LoggerFactory.getLogger(TopologyChange.class);

  /// How often the map may change under the topology that a proxy begins with.
  private static final int ATTEMPTS_MAX = 20;

  /// How long another change may take before it is taken for one whose proxy died.
  private static final Duration OTHERS_SETTLE = Duration.ofSeconds(2);

  private TopologyChange() {}

  /// What a topology makes of a map.
  ///
  /// @param next `current` itself where nothing changes
  /// @param absent tables whose place changes and that are not on the home shard: where one comes to be made by `current` meanwhile, `next` is wrong
  /// @param joining shards that are new, or elsewhere than before
  /// @param warnings what is allowed, but will be missed
  record Planned(ShardMap current, ShardMap next, Set<TableName> absent, Set<ShardId> joining, List<Remark> warnings) {
    boolean isChange() {
      return !next.equals(current);
    }
  }

  /// A first map.
  record Begun(ShardMap map, List<Remark> warnings) {}

  /// Something to tell, with the line that mends it.
  record Remark(String message, String remedy) {}

  /// The first map of a cluster: a group whose tables have rows on one shard begins there.
  ///
  /// @throws TopologyException when rows are on several shards, or the shards don't fit each other, or can't say
  public static ShardMap first(Topology wanted, ProxyConfig config) throws TopologyException {
    Begun begun = begin(wanted, config);
    begun.warnings().forEach(warning -> LOG.warn("{} ({})", warning.message(), warning.remedy()));
    return begun.map();
  }

  /// The same, with what is to be told.
  static Begun begin(Topology wanted, ProxyConfig config) throws TopologyException {
    ShardMap anywhere = undivided(wanted);
    try (ServiceConnections connections = connections(anywhere, config)) {
      List<String> faults = new ArrayList<>();
      ExistingTables existing = TablesOnShards.look(connections, wanted.shards().keySet(), wanted.tables(), false, faults);
      List<Remark> warnings = new ArrayList<>();
      if (faults.isEmpty()) {
        faults.addAll(ShardComparison.faults(connections, wanted.home(), wanted.shards().keySet(), config, false, warnings));
        faults.addAll(TablesOnShards.unlikeReferences(connections, wanted, existing));
      }
      throwIfAny(faults);
      return new Begun(wanted.toMap(MapVersion.FIRST, existing), warnings);
    }
  }

  /// Makes the directory's map that of `wanted`, if it is not, whatever other proxies make of it meanwhile.
  /// Throws what [ShardDirectory#compareAndSet] does when the map can't be recorded.
  ///
  /// @throws TopologyException when rows would be left behind, or a shard can't say whether; when the map was another one at each attempt, or a
  ///     shard that has keys would go
  public static void apply(Topology wanted, ShardDirectory directory, ProxyConfig config) throws TopologyException {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<Planned> applied;
      try {
        applied = new Settlement(wanted, directory, config, List::of).apply(plan(wanted, directory.current(), config));
      } catch (ServerErrorException held) {
        throw new TopologyException(List.of(held.fields().message() + held.fields().detail().map(detail -> ": " + detail).orElse("")));
      }
      if (applied.isPresent()) {
        applied.get().warnings().forEach(warning -> LOG.warn("{} ({})", warning.message(), warning.remedy()));
        return;
      }
      letOthersSettle(directory);
    }
    throw new TopologyException(
        List.of("the topology could not be recorded in " + ATTEMPTS_MAX + " attempts: each time the shard map had changed meanwhile, or a shard had keys that is to go"));
  }

  /// Proxies that begin with the same topology at the same time would come into each other's way at each attempt.
  private static void letOthersSettle(ShardDirectory directory) throws TopologyException {
    long until = System.nanoTime() + OTHERS_SETTLE.toNanos();
    try {
      while (!directory.current().closed().isEmpty() && System.nanoTime() - until < 0) {
        Thread.sleep(20);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new TopologyException(List.of("interrupted while another topology was being applied"));
    }
  }

  /// What `wanted` makes of `current`; changes nothing.
  static Planned plan(Topology wanted, ShardMap current, ProxyConfig config) throws TopologyException {
    Set<TableName> replaced = wanted.replaced(current);
    Set<ShardId> joining = joining(wanted, current);
    List<Remark> warnings = new ArrayList<>();
    ExistingTables existing = ExistingTables.NONE;
    if (!replaced.isEmpty() || !joining.isEmpty()) {
      try (ServiceConnections connections = connections(undivided(wanted), config)) {
        List<String> faults = new ArrayList<>();
        if (!replaced.isEmpty()) {
          existing = TablesOnShards.look(connections, wanted.shards().keySet(), replaced, true, faults);
          throwIfAny(faults);
        }
        ShardMap next = wanted.after(current, existing);
        if (!joining.isEmpty() && wanted.shards().containsKey(current.home())) {
          faults.addAll(ShardComparison.faults(connections, current.home(), joining, config, true, warnings));
        }
        Set<ShardId> looked = new TreeSet<>(replaced.isEmpty() ? joining : wanted.shards().keySet());
        looked.add(current.home());
        Set<TableName> declared = joining.isEmpty() ? replaced : wanted.tables();
        faults.addAll(SchemaVerification.unlikeColumns(connections, current.home(), looked, declared));
        throwIfAny(faults);
        existing.rows().forEach((table, rows) -> tellMissing(table, rows.keySet(), wanted, warnings));
        Set<TableName> absent = new TreeSet<>(replaced);
        absent.removeAll(existing.on(current.home()));
        return new Planned(current, next, absent, joining, warnings);
      }
    }
    return new Planned(current, wanted.after(current, existing), Set.of(), joining, warnings);
  }

  private static void tellMissing(TableName table, Set<ShardId> where, Topology wanted, List<Remark> warnings) {
    Set<ShardId> missing = new TreeSet<>(wanted.shards().keySet());
    missing.removeAll(where);
    if (!missing.isEmpty()) {
      warnings.add(new Remark(
          "table " + table + " is not on " + missing + ": its DDL fails there, and no rows can go there",
          "Make it there as it is on " + where + ": pg_dump --schema-only, or drop it and use CREATE TABLE through the proxy."));
    }
  }

  /// Shards that are new, or elsewhere than before.
  private static Set<ShardId> joining(Topology wanted, ShardMap current) {
    Set<ShardId> joining = new TreeSet<>();
    for (Shard shard : wanted.shards().values()) {
      Shard known = current.shards().get(shard.id());
      if (known == null || !place(known.primary()).equals(place(shard.primary()))) {
        joining.add(shard.id());
      }
    }
    return joining;
  }

  private static List<Object> place(Endpoint endpoint) {
    return List.of(endpoint.host(), endpoint.port(), endpoint.database());
  }

  /// The shards alone, to connect by.
  static ShardMap undivided(Topology wanted) {
    return new ShardMap(MapVersion.FIRST, wanted.home(), wanted.shards(), Map.of(), Map.of(), Set.of(), Map.of(), Map.of());
  }

  static ServiceConnections connections(ShardMap map, ProxyConfig config) {
    return new ServiceConnections(() -> map, config.service(), config.pool().connectTimeout());
  }

  private static void throwIfAny(List<String> faults) throws TopologyException {
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
  }
}
