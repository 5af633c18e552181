package io.shardgate.proxy.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.config.ProxyConfig.ServiceRole;
import io.shardgate.proxy.pool.Likeness;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/// The service role's connections: a few for each shard and database, opened when needed, closed when idle.
///
/// Thread-safe: one HikariCP pool for each shard and database; work runs on virtual threads.
public final class ServiceConnections implements AutoCloseable {

  /// Connections of the service role to one database of one shard. Work waits its turn: this is beside the data path.
  private static final int CONNECTIONS_PER_DATABASE_MAX = 3;

  /// Pools over all shards and databases. Names of databases come from clients, so they are looked up first ([Databases]).
  private static final int POOLS_MAX = 1_000;

  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final Duration LIFE = Duration.ofMinutes(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final Supplier<ShardMap> map;
  private final ServiceRole role;
  private final Duration connectTimeout;
  private final Map<PoolName, HikariDataSource> pools = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("service-", 0).factory());
  private final ScheduledThreadPoolExecutor housekeeping;

  private record PoolName(ShardId shard, Endpoint endpoint) {}

  /// Work on one connection, which is blocking.
  @FunctionalInterface
  public interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /// @param map the shard map of now
  /// @param role used where a shard's endpoint names no user
  public ServiceConnections(Supplier<ShardMap> map, ServiceRole role, Duration connectTimeout) {
    this.map = map;
    this.role = role;
    this.connectTimeout = connectTimeout;
    housekeeping = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("service-pools").factory());
    housekeeping.setRemoveOnCancelPolicy(true);
  }

  /// The database that a shard's endpoint names.
  public String databaseOf(ShardId shard) {
    return map.get().shard(shard).primary().database();
  }

  /// Runs work on a virtual thread, with a connection in autocommit mode and `search_path = pg_catalog`.
  ///
  /// @return completes on any thread, exceptionally with a [ServiceException] where the server or the way to it failed
  public <T> CompletionStage<T> run(ShardId shard, String database, Work<T> work) {
    return CompletableFuture.supplyAsync(() -> call(shard, database, work), threads);
  }

  /// The same on the calling thread, which must be one that may block.
  ///
  /// @throws ServiceException where the server or the way to it failed
  public <T> T call(ShardId shard, String database, Work<T> work) {
    try (Connection connection = pool(shard, database).getConnection()) {
      return work.on(connection);
    } catch (SQLException e) {
      throw new ServiceException(shard, e);
    }
  }

  /// What a database of a shard is like now.
  ///
  /// @return as of [#run]
  public CompletionStage<Likeness> likeness(ShardId shard, String database) {
    return run(shard, database, ServiceConnections::likeness);
  }

  /// What the database of a connection is like now.
  public static Likeness likeness(Connection connection) throws SQLException {
    Map<String, String> facts = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(Likeness.QUERY)) {
      while (rows.next()) {
        facts.put(rows.getString(1), rows.getString(2));
      }
    }
    return new Likeness(facts);
  }

  /// A connection of its own, outside of the pools; the caller closes it. Blocks.
  ///
  /// @param sockets what makes its socket, by the constructor without arguments
  public Connection open(ShardId shard, String database, Class<? extends SocketFactory> sockets) throws SQLException {
    PGSimpleDataSource source = source(map.get().shard(shard).primary().withDatabase(database));
    source.setSocketFactory(sockets.getName());
    return source.getConnection();
  }

  private HikariDataSource pool(ShardId shard, String database) throws SQLException {
    PoolName name = new PoolName(shard, map.get().shard(shard).primary().withDatabase(database));
    @Nullable HikariDataSource open = pools.get(name);
    if (open != null) {
      return open;
    }
    if (pools.size() >= POOLS_MAX) {
      throw new SQLException("too many databases in use", "53300");
    }
    return pools.computeIfAbsent(name, this::open);
  }

  private HikariDataSource open(PoolName name) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("service " + name.shard() + "/" + name.endpoint().database());
    config.setDataSource(source(name.endpoint()));
    config.setMaximumPoolSize(CONNECTIONS_PER_DATABASE_MAX);
    config.setMinimumIdle(0);
    config.setIdleTimeout(IDLE.toMillis());
    config.setMaxLifetime(LIFE.toMillis());
    config.setConnectionTimeout(Math.max(250, connectTimeout.toMillis()));
    config.setInitializationFailTimeout(-1);
    config.setScheduledExecutor(housekeeping);
    config.setThreadFactory(Thread.ofVirtual().name("service-pool-", 0).factory());
    return new HikariDataSource(config);
  }

  private PGSimpleDataSource source(Endpoint endpoint) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {endpoint.host()});
    source.setPortNumbers(new int[] {endpoint.port()});
    source.setDatabaseName(endpoint.database());
    @Nullable String user = endpoint.user();
    @Nullable Password password = endpoint.password();
    source.setUser(user == null ? role.user() : user);
    source.setPassword((password == null ? role.password() : password).reveal());
    source.setSslMode(endpoint.sslMode().word());
    @Nullable String rootCertificate = endpoint.options().get("sslrootcert");
    if (rootCertificate != null) {
      source.setSslRootCert(rootCertificate);
    }
    source.setApplicationName("shardgate service");
    source.setConnectTimeout(seconds(connectTimeout));
    source.setLoginTimeout(seconds(connectTimeout));
    source.setSocketTimeout(seconds(ANSWER));
    source.setTcpKeepAlive(true);
    source.setPrepareThreshold(0);
    // A superuser must not run what a user has put into a schema on its path.
    source.setOptions("-c search_path=pg_catalog");
    return source;
  }

  private static int seconds(Duration duration) {
    return Math.toIntExact(Math.max(1, duration.toSeconds()));
  }

  /// How long a server that is well may take to answer what costs it nothing, the opening of a connection included.
  Duration patience() {
    return connectTimeout;
  }

  /// The threads that blocking work beside the data path runs on.
  ExecutorService threads() {
    return threads;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    pools.values().forEach(HikariDataSource::close);
    housekeeping.shutdownNow();
  }
}
