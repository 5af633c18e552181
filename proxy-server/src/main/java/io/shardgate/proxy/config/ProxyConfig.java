package io.shardgate.proxy.config;

import io.shardgate.directory.Password;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.pool.PoolSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All settings of one proxy. Immutable.
///
/// What ships (`conf/shardgate.yaml`) equals [#defaults()]; shards, groups and tables are not here, they come from the directory.
///
/// @param listen where PostgreSQL clients connect
/// @param http where `/metrics` and `/health/…` are served
/// @param tls what a client that asks for TLS is offered
/// @param pool server connections, per shard
/// @param clients what clients may do before and at login
/// @param limits sizes of messages and caches
/// @param directory where the shard map is recorded
/// @param service the role of catalog, health and recovery work; clients' statements never run as it
/// @param admins who may use the statements that begin with SHARDGATE
/// @param eventLoops threads that carry the data path; 0 takes one for each processor
/// @param transport how bytes reach the kernel
public record ProxyConfig(
    Address listen,
    Address http,
    Tls tls,
    Pool pool,
    Clients clients,
    Limits limits,
    DirectoryPlace directory,
    ServiceRole service,
    Admins admins,
    int eventLoops,
    Transport transport) {

  /// The settings that ship.
  public static ProxyConfig defaults() {
    return new ProxyConfig(
        new Address("127.0.0.1", 6432),
        new Address("127.0.0.1", 8432),
        new Tls.SelfMade(),
        Pool.DEFAULTS,
        Clients.DEFAULTS,
        Limits.DEFAULTS,
        new DirectoryPlace.File(Path.of("var/directory.json")),
        new ServiceRole("postgres", new Password("")),
        Admins.of(Set.of()),
        0,
        Transport.AUTO);
  }

  /// The same limits in the pools' own terms.
  public PoolSettings poolSettings() {
    return new PoolSettings(
        pool.maxConnections(),
        pool.queueLimit(),
        pool.queueTimeout(),
        pool.crossShardTimeout(),
        pool.connectTimeout(),
        pool.maxAge(),
        pool.idleTimeout(),
        PoolSettings.DEFAULT.cleanTimeout(),
        limits.serverStatements(),
        limits.frameBytes());
  }

  public ProxyConfig withListen(Address listen) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withHttp(Address http) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withTls(Tls tls) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withPool(Pool pool) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withClients(Clients clients) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withLimits(Limits limits) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withDirectory(DirectoryPlace directory) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withService(ServiceRole service) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withAdmins(Admins admins) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  public ProxyConfig withTransport(Transport transport) {
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  /// By which of the kernel's interfaces clients and servers are talked to.
  public enum Transport {
    /// [#EPOLL] where this machine has it, else [#NIO].
    AUTO,
    EPOLL,
    IO_URING,
    /// The JDK's own, which every machine has.
    NIO;

    /// The word in the settings.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A place to listen at.
  ///
  /// @param port 0 takes any free port
  public record Address(String host, int port) {
    public Address {
      requireBetween("port", port, 0, 65_535);
    }

    @Override
    public String toString() {
      return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
    }
  }

  /// What a client that sends SSLRequest, or begins with a TLS handshake, is offered.
  public sealed interface Tls {
    /// Refused politely: `N`.
    record Off() implements Tls {}

    /// A certificate made at start, for `localhost` and the host listened on: encrypts, proves nothing.
    record SelfMade() implements Tls {}

    /// A certificate chain and its private key, both PEM.
    ///
    /// @param clients what clients have to show; null when nothing
    record Files(Path certificate, Path key, @Nullable ClientCertificates clients) implements Tls {
      /// Asks clients for nothing.
      public Files(Path certificate, Path key) {
        this(certificate, key, null);
      }
    }
  }

  /// Certificates that clients must have, beside their passwords: `clientcert` of pg_hba.conf.
  ///
  /// @param authorities PEM, those that may have signed one
  /// @param ofRole whether its common name must be the role's name (`verify-full`, else `verify-ca`)
  public record ClientCertificates(Path authorities, boolean ofRole) {}

  /// Server connections.
  ///
  /// @param maxConnections most connections to one shard, over all event loops, roles and databases
  /// @param queueLimit most statements that wait for a connection to one shard; the next one gets 53300 at once
  /// @param queueTimeout how long a statement waits for a connection before it gets 53300
  /// @param maxAge a connection older than this is closed when it is next idle; each has up to a tenth less, so that not all end at once
  /// @param idleTimeout an unused connection is closed after this
  /// @param connectTimeout how long opening a connection, login included, may take
  /// @param crossShardTimeout how long a transaction that holds a connection on one shard waits for one on another before it gets 40001
  public record Pool(
      int maxConnections,
      int queueLimit,
      Duration queueTimeout,
      Duration maxAge,
      Duration idleTimeout,
      Duration connectTimeout,
      Duration crossShardTimeout) {
    static final Pool DEFAULTS =
        new Pool(
            20,
            10_000,
            Duration.ofSeconds(30),
            Duration.ofMinutes(30),
            Duration.ofMinutes(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(2));

    public Pool {
      requireBetween("pool.max_connections", maxConnections, 1, 10_000);
      requireBetween("pool.queue_limit", queueLimit, 1, 1_000_000);
      requirePositive("pool.queue_timeout", queueTimeout);
      requirePositive("pool.max_age", maxAge);
      requirePositive("pool.idle_timeout", idleTimeout);
      requirePositive("pool.connect_timeout", connectTimeout);
      requirePositive("pool.cross_shard_timeout", crossShardTimeout);
    }

    public Pool withMaxConnections(int maxConnections) {
      return new Pool(maxConnections, queueLimit, queueTimeout, maxAge, idleTimeout, connectTimeout, crossShardTimeout);
    }

    public Pool withQueue(int queueLimit, Duration queueTimeout) {
      return new Pool(maxConnections, queueLimit, queueTimeout, maxAge, idleTimeout, connectTimeout, crossShardTimeout);
    }

    public Pool withMaxAge(Duration maxAge) {
      return new Pool(maxConnections, queueLimit, queueTimeout, maxAge, idleTimeout, connectTimeout, crossShardTimeout);
    }
  }

  /// Clients.
  ///
  /// @param max most clients at once; the next one gets 53300, as from PostgreSQL
  /// @param loginTimeout a client that has not logged in by then is dropped
  /// @param maxLogins most connections that have not logged in yet; the next one ends the oldest, so that slow strangers keep nobody out
  /// @param sendTimeout a client that takes nothing of its result for this long is dropped, as it keeps a server connection; 0 is never
  /// @param drainDelay how long a proxy that is told to end goes on as before but for its readiness, so that new clients are sent elsewhere; may be 0
  /// @param drainTimeout how long it then waits for transactions
  public record Clients(int max, Duration loginTimeout, int maxLogins, Duration sendTimeout, Duration drainDelay, Duration drainTimeout) {
    static final Clients DEFAULTS = new Clients(10_000, Duration.ofSeconds(60), 2_000, Duration.ofMinutes(10), Duration.ZERO, Duration.ofSeconds(20));

    public Clients {
      requireBetween("clients.max", max, 1, 1_000_000);
      requireBetween("clients.max_logins", maxLogins, 1, 1_000_000);
      requirePositive("clients.login_timeout", loginTimeout);
    }

    public Clients withMax(int wanted) {
      return new Clients(wanted, loginTimeout, maxLogins, sendTimeout, drainDelay, drainTimeout);
    }

    public Clients withLoginTimeout(Duration wanted) {
      return new Clients(max, wanted, maxLogins, sendTimeout, drainDelay, drainTimeout);
    }

    public Clients withDrainTimeout(Duration wanted) {
      return new Clients(max, loginTimeout, maxLogins, sendTimeout, drainDelay, wanted);
    }

    public Clients withMaxLogins(int wanted) {
      return new Clients(max, loginTimeout, wanted, sendTimeout, drainDelay, drainTimeout);
    }

    public Clients withSendTimeout(Duration wanted) {
      return new Clients(max, loginTimeout, maxLogins, wanted, drainDelay, drainTimeout);
    }
  }

  /// Sizes.
  ///
  /// @param startupPacketBytes longest startup packet; PostgreSQL's own limit is 10,000
  /// @param frameBytes longest message that has to be held whole; COPY data and result rows are streamed and not bounded by it
  /// @param statementBytes longest text of a statement; a longer one gets 54000
  /// @param planCacheBytes memory of the plan cache
  /// @param clientStatements most prepared statements and portals of one client; one more gets 54000
  /// @param serverStatements most prepared statements on one server connection; the least used one is closed for the next
  /// @param applyWait how long SHARDGATE APPLY waits for what was begun under the map before; then it gives up
  /// @param gatherBytes most that one query holds of rows that it gathers from shards; more gets 53400
  /// @param gatherTotalBytes the same for all queries of the proxy at one time
  public record Limits(
      int startupPacketBytes, int frameBytes, int statementBytes, long planCacheBytes, int clientStatements, int serverStatements, Duration applyWait,
      int gatherBytes, long gatherTotalBytes) {
    static final Limits DEFAULTS =
        new Limits(10_000, 256 << 20, 16 << 20, 64L << 20, 10_000, 500, Duration.ofSeconds(30), 32 << 20, 96L << 20);

    public Limits {
      requireBetween("limits.startup_packet", startupPacketBytes, 100, 10_000);
      requireBetween("limits.frame", frameBytes, 64 << 10, (1 << 30) - 1);
      requireBetween("limits.statement", statementBytes, 1 << 10, frameBytes);
      requireBetween("limits.plan_cache", planCacheBytes, 1L << 20, 1L << 40);
      requireBetween("limits.client_statements", clientStatements, 1, 1_000_000);
      requireBetween("limits.server_statements", serverStatements, 1, 100_000);
      requirePositive("limits.apply_wait", applyWait);
      requireBetween("limits.gather", gatherBytes, 1 << 10, (1 << 30) - 1);
      requireBetween("limits.gather_total", gatherTotalBytes, gatherBytes, 1L << 40);
    }

    public Limits withApplyWait(Duration wanted) {
      return new Limits(startupPacketBytes, frameBytes, statementBytes, planCacheBytes, clientStatements, serverStatements, wanted, gatherBytes, gatherTotalBytes);
    }

    public Limits withGather(int bytes, long totalBytes) {
      return new Limits(startupPacketBytes, frameBytes, statementBytes, planCacheBytes, clientStatements, serverStatements, applyWait, bytes, totalBytes);
    }
  }

  /// Where the directory is.
  public sealed interface DirectoryPlace {
    /// One JSON file, one proxy process.
    record File(Path path) implements DirectoryPlace {}

    /// In etcd, for any number of proxies.
    record Etcd(EtcdPlace place) implements DirectoryPlace {}
  }

  /// The role that catalog, health and recovery connections log in as: it reads `pg_authid`, so it is a superuser on every shard.
  public record ServiceRole(String user, Password password) {}

  /// Roles with the admin right.
  ///
  /// @param verifiers what proves those who may log in while there is no shard map, and so no shard to ask what proves a role
  public record Admins(Set<String> roles, Map<String, ScramVerifier> verifiers) {
    public Admins {
      roles = Set.copyOf(roles);
      verifiers = Map.copyOf(verifiers);
      if (!roles.containsAll(verifiers.keySet())) {
        throw new IllegalArgumentException("admins: a verifier of another role (expected: of " + roles + ")");
      }
    }

    /// Roles that log in as the home shard lets them, and so once there is one.
    public static Admins of(Set<String> roles) {
      return new Admins(roles, Map.of());
    }
  }

  private static void requireBetween(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + most + ")");
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 1ms to 365d)");
    }
  }
}
