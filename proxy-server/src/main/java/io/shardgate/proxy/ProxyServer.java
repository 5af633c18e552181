package io.shardgate.proxy;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.accept.Acceptor;
import io.shardgate.proxy.accept.Gate;
import io.shardgate.proxy.admin.AdminActs;
import io.shardgate.proxy.catalog.CatalogKeeper;
import io.shardgate.proxy.catalog.Databases;
import io.shardgate.proxy.catalog.RoleRecording;
import io.shardgate.proxy.catalog.RoleVerifiers;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.execute.Executors;
import io.shardgate.proxy.execute.PlacedKeys;
import io.shardgate.proxy.execute.TextReadings;
import io.shardgate.proxy.gather.Gatherer;
import io.shardgate.proxy.listen.Ears;
import io.shardgate.proxy.observe.Health;
import io.shardgate.proxy.observe.Observatory;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.pool.ShardPool;
import io.shardgate.proxy.pool.TlsLibrary;
import io.shardgate.proxy.session.SessionRegistry;
import io.shardgate.proxy.session.SessionServices;
import io.shardgate.proxy.transaction.Deadlocks;
import io.shardgate.proxy.transaction.TwoPhaseCommit;
import io.shardgate.router.SqlRouter;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running proxy: everything wired, from the listening port to the server pools.
/// Thread-safe: started once, closed once.
public final class ProxyServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

  /// How often catalogs are looked at again, for changes that were made behind the proxy's back.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  /// How long lent server connections may take to be given back at the end.
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  private final Port port;
  private final ShardDirectory.Watch watch;
  private final ShardDirectory.Watch roleWatch;
  private final ShardDirectory.Watch presence;
  private final ServiceConnections service;
  private final CatalogKeeper catalogs;
  private final ServerPools pools;
  private final TwoPhaseCommit commit;
  private final Deadlocks deadlocks;
  private final AdminActs admin;
  private final Ears ears;
  private final ShardDirectory.Watch earsWatch;
  private final Acceptor acceptor;
  private final Observatory observatory;
  private final Draining draining;

  private ProxyServer(
      Port port, ShardDirectory.Watch watch, ShardDirectory.Watch roleWatch, ShardDirectory.Watch presence, ServiceConnections service,
      CatalogKeeper catalogs, ServerPools pools, TwoPhaseCommit commit, Deadlocks deadlocks, AdminActs admin, Ears ears, ShardDirectory.Watch earsWatch,
      Acceptor acceptor, Observatory observatory, Draining draining) {
    this.draining = draining;
    this.port = port;
    this.watch = watch;
    this.roleWatch = roleWatch;
    this.presence = presence;
    this.service = service;
    this.catalogs = catalogs;
    this.pools = pools;
    this.commit = commit;
    this.deadlocks = deadlocks;
    this.admin = admin;
    this.ears = ears;
    this.earsWatch = earsWatch;
    this.acceptor = acceptor;
    this.observatory = observatory;
  }

  /// Starts a proxy over a directory's shards; returns when it serves. The directory stays its owner's to close.
  ///
  /// @throws IOException when a port can't be opened
  /// @throws ConfigException when TLS can't be set up
  public static ProxyServer start(ProxyConfig config, ShardDirectory directory) throws IOException {
    WarmUp warmUp = WarmUp.begin();
    Observatory observatory = Observatory.open(config.http().host(), config.http().port());
    try {
      Port port = Port.of(config, observatory.metrics());
      try {
        return start(config, directory, observatory, port, warmUp);
      } catch (IOException | RuntimeException failure) {
        port.close();
        throw failure;
      }
    } catch (IOException | RuntimeException failure) {
      observatory.close();
      throw failure;
    }
  }

  /// The same with ports that may be open already: the proxy's own, unless this throws.
  static ProxyServer start(ProxyConfig config, ShardDirectory directory, Observatory observatory, Port port, WarmUp warmUp) throws IOException {
    String proxyId = UUID.randomUUID().toString().substring(0, 8);
    ProxyMetrics metrics = observatory.metrics();
    ServiceConnections service =
        new ServiceConnections(directory::current, config.service(), config.pool().connectTimeout());
    ServerPools pools =
        new ServerPools(
            port.loops(), port.transport(), config.poolSettings(), new PoolMeters(metrics),
            () -> "shardgate " + proxyId + " map " + directory.current().version(),
            database -> service.likeness(directory.current().home(), database));
    pools.shards(endpoints(directory.current()), directory.current().home());
    RoleRecording recording = new RoleRecording(directory, service);
    RoleVerifiers roles = new RoleVerifiers(service, directory::current, recording);
    ShardDirectory.Watch roleWatch = directory.roles().watch(roles::forget);
    Databases databases = new Databases(service, directory::current);
    CatalogKeeper catalogs = new CatalogKeeper(service, directory::current, metrics, LOOK_AGAIN);
    ShardDirectory.Watch watch = follow(directory, pools, catalogs, metrics);
    SqlRouter router = new SqlRouter(config.limits().planCacheBytes());
    metrics.watchPlanCache(router.cache()::hits, router.cache()::misses, router.cache()::bytes);
    TwoPhaseCommit commit = TwoPhaseCommit.start(proxyId, directory::current, service, metrics);
    Deadlocks deadlocks = Deadlocks.start(service, pools, metrics);
    PlacedKeys keys = new PlacedKeys(directory);
    TextReadings readings = new TextReadings(service);
    SessionRegistry sessions = new SessionRegistry();
    AdminActs admin = new AdminActs(directory, service, config, sessions::waitedFor);
    Ears ears = new Ears(service, directory::current);
    SessionServices services =
        new SessionServices(
            config, pools, router, directory::current, keys, readings, directory::proxies, directory::fault, catalogs, metrics, sessions, commit,
            deadlocks, admin, ears,
            new Executors(router, keys, readings, service, roles, recording, databases, pools, directory::current),
            new Gatherer(router, pools, config.limits().gatherBytes(), config.limits().gatherTotalBytes()));
    byte[] mockSecret = new byte[32];
    new SecureRandom().nextBytes(mockSecret);
    Gate gate = new Gate(services, roles, databases, mockSecret);
    warmUp.await(directory.current(), catalogs);
    Health health = observatory.health();
    health.require("shards", () -> unreachable(pools));
    health.note("directory", directory::fault);
    health.note("tls", port.tls()::note);
    metrics.watch("shardgate.tls.valid.until", "When the certificate for clients ends, in seconds since 1970", port.tls()::validUntilSeconds);
    metrics.watch("shardgate.map.version", "Version of the shard map in force", () -> directory.current().version().value());
    metrics.watch("shardgate.directory.fault", "1 while this proxy can't follow the recorded shard map", () -> directory.fault().isPresent() ? 1 : 0);
    Acceptor acceptor = port.admitTo(gate);
    LOG.info("serving PostgreSQL clients on port {}, HTTP on port {}, transport {}, TLS {}",
        acceptor.port(), observatory.http().port(), port.transport().name(), port.tls().current() == null ? "off" : "by " + TlsLibrary.name());
    ShardDirectory.Watch presence = register(directory, new ProxyPresence(proxyId, address(config.listen().host(), acceptor.port()), MapVersion.FIRST), sessions);
    health.require("start", Optional::empty);
    return new ProxyServer(port, watch, roleWatch, presence, service, catalogs, pools, commit, deadlocks, admin, ears, directory.watch(_ -> ears.shardsMayDiffer()),
        acceptor, observatory,
        new Draining(config.clients(), sessions, acceptor, health));
  }

  /// Makes the proxy known, and acknowledges each version once nothing runs here any more that was planned by an earlier one.
  private static ShardDirectory.Watch register(ShardDirectory directory, ProxyPresence proxy, SessionRegistry sessions) {
    ShardDirectory.Presence presence = directory.register(proxy);
    ShardDirectory.Watch watch = directory.watch(map -> sessions.clear().thenRun(() -> presence.acknowledge(map.version())));
    return () -> {
      watch.close();
      presence.close();
    };
  }

  /// Loopback and "any" addresses tell the others nothing; the machine's name does. Asked of the kernel, as a name server might take its time.
  private static String address(String host, int port) {
    try {
      InetAddress listen = InetAddress.getByName(host);
      if (listen.isLoopbackAddress() || listen.isAnyLocalAddress()) {
        return Files.readString(HOST_NAME).strip() + ":" + port;
      }
    } catch (IOException _) {
      // Then the address that is listened on has to do.
    }
    return new ProxyConfig.Address(host, port).toString();
  }

  private static Map<ShardId, Endpoint> endpoints(ShardMap map) {
    Map<ShardId, Endpoint> endpoints = new HashMap<>();
    map.shards().forEach((id, shard) -> endpoints.put(id, shard.primary()));
    return endpoints;
  }

  /// Has the pools, and what is known of the shards' catalogs, follow the map.
  private static ShardDirectory.Watch follow(ShardDirectory directory, ServerPools pools, CatalogKeeper catalogs, ProxyMetrics metrics) {
    Set<ShardId> measured = new HashSet<>();
    return directory.watch(map -> {
      pools.shards(endpoints(map), map.home());
      watchPools(pools, metrics, measured);
      catalogs.shardsMayDiffer();
    });
  }

  private static void watchPools(ServerPools pools, ProxyMetrics metrics, Set<ShardId> measured) {
    for (ShardPool.View first : pools.views()) {
      ShardId shard = first.shard();
      if (!measured.add(shard)) {
        continue;
      }
      metrics.shard(shard).watchPool(
          () -> view(pools, shard).map(ShardPool.View::open).orElse(0),
          () -> view(pools, shard).map(ShardPool.View::idle).orElse(0),
          () -> view(pools, shard).map(ShardPool.View::waiting).orElse(0));
    }
  }

  private static Optional<ShardPool.View> view(ServerPools pools, ShardId shard) {
    return pools.views().stream().filter(view -> view.shard().equals(shard)).findFirst();
  }

  private static Optional<String> unreachable(ServerPools pools) {
    for (ShardPool.View view : pools.views()) {
      if (!view.reachable()) {
        return Optional.of("shard " + view.shard() + " cannot be reached");
      }
    }
    return Optional.empty();
  }

  /// The port that clients connect to.
  public int port() {
    return acceptor.port();
  }

  /// The port of `/metrics` and `/health`.
  public int httpPort() {
    return observatory.http().port();
  }

  /// Lets the clients finish, as [Draining] says. Blocks; [#close] comes next.
  public void drain() throws InterruptedException {
    draining.run();
  }

  /// Stops: no new clients, connections closed, threads ended.
  @Override
  public void close() {
    presence.close();
    acceptor.close();
    observatory.close();
    deadlocks.close();
    admin.close();
    earsWatch.close();
    ears.close();
    try {
      pools.close().get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException failure) {
      LOG.warn("server connections did not all close: {}", failure.toString());
    }
    port.close();
    commit.close();
    catalogs.close();
    service.close();
    roleWatch.close();
    watch.close();
  }
}
