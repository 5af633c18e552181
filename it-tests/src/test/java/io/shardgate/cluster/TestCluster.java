package io.shardgate.cluster;

import io.shardgate.directory.DevShards;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.ProxyServer;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/// PostgreSQL servers s1 … sN, s1 being home, and a proxy of this JVM in front of them.
/// Not thread-safe; owned by the test.
///
/// Starting servers takes seconds, starting a proxy takes none. So a test class takes [#start]: a proxy and a database of its own on four
/// servers that live as long as the JVM. A test that stops or breaks servers takes [#startPrivate].
public final class TestCluster implements AutoCloseable {
  public static final String ROLE = "app";
  public static final String PASSWORD = "app";

  /// The same on every server, as a role has it that was made through the proxy: what opens one opens all.
  private static final String VERIFIER = ScramVerifier.of(PASSWORD).text();

  private static final int SHARED_SHARDS = 4;
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final Map<String, PostgresServer> servers;
  private final Ownership owns;
  private final String database;
  private final Path folder;
  private final ShardMap firstMap;
  private final ProxyConfig config;
  private final DirectoryOpener opener;
  private ShardDirectory directory;
  private ProxyServer proxy;

  /// The servers that all test classes share, started at first use; they end with the JVM.
  private static final class Shared {
    static final Map<String, PostgresServer> SERVERS = startServers(SHARED_SHARDS);
  }

  /// A cluster that needs no topology: every table is a home table. It lives as long as the JVM.
  private static final class Plain {
    static final TestCluster CLUSTER = start("");
  }

  /// What ends with the cluster, beside its proxy.
  private enum Ownership { NOTHING, DATABASE, SERVERS }

  /// Opens the cluster's directory, at first and at each start of the proxy.
  @FunctionalInterface
  public interface DirectoryOpener {
    /// @param folder of the cluster's own
    /// @param firstMap what to record where there is no map yet
    ShardDirectory open(Path folder, ShardMap firstMap) throws IOException;
  }

  private static final DirectoryOpener IN_A_FILE = (folder, firstMap) -> FileDirectory.open(folder.resolve("directory.json"), firstMap);

  private TestCluster(
      Map<String, PostgresServer> servers, Ownership owns, String database, String topology, UnaryOperator<ProxyConfig> settings, DirectoryOpener opener) {
    this.servers = servers;
    this.owns = owns;
    this.database = database;
    this.opener = opener;
    try {
      folder = Files.createTempDirectory("shardgate-test-cluster");
      firstMap = TopologyReader.read(topology.isBlank() ? "{}" : topology, "topology.yaml", shards()).toMap(MapVersion.FIRST);
      config =
          settings.apply(
              ProxyConfig.defaults()
                  .withListen(new ProxyConfig.Address("127.0.0.1", 0))
                  .withHttp(new ProxyConfig.Address("127.0.0.1", 0))
                  .withAdmins(ProxyConfig.Admins.of(Set.of(ROLE)))
                  .withService(
                      new ProxyConfig.ServiceRole(PostgresServer.SUPERUSER, new Password(PostgresServer.SUPERUSER_PASSWORD))));
      directory = opener.open(folder, firstMap);
      proxy = ProxyServer.start(config, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (TopologyException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// The cluster of those that need neither a topology nor a database of their own. Never closed.
  public static TestCluster shared() {
    return Plain.CLUSTER;
  }

  /// A proxy and a database of its own on the four shared servers.
  ///
  /// @param topology YAML without `home:` and `shards:`; empty when every table is a home table
  public static TestCluster start(String topology) {
    return start(topology, UnaryOperator.identity());
  }

  /// The same with other settings than those that ship.
  public static TestCluster start(String topology, UnaryOperator<ProxyConfig> settings) {
    return start(topology, settings, IN_A_FILE);
  }

  /// The same with a directory elsewhere.
  public static TestCluster start(String topology, UnaryOperator<ProxyConfig> settings, DirectoryOpener opener) {
    String database = "app_" + DATABASES.incrementAndGet();
    Shared.SERVERS.values().parallelStream()
        .forEach(server -> server.execute("CREATE DATABASE " + database + " OWNER " + ROLE));
    return new TestCluster(Shared.SERVERS, Ownership.DATABASE, database, topology, settings, opener);
  }

  /// Another proxy in front of this cluster's servers and database, with its own door to the same directory. Closed before this one.
  public TestCluster beside() {
    return beside(UnaryOperator.identity());
  }

  /// The same with other settings than this one's.
  public TestCluster beside(UnaryOperator<ProxyConfig> settings) {
    return new TestCluster(servers, Ownership.NOTHING, database, "", _ -> settings.apply(config), opener);
  }

  /// Servers of the test's own, which it may stop, kill and start again.
  public static TestCluster startPrivate(int shards, String topology) {
    return startPrivate(shards, topology, UnaryOperator.identity());
  }

  /// The same with other settings than those that ship.
  public static TestCluster startPrivate(int shards, String topology, UnaryOperator<ProxyConfig> settings) {
    return startPrivate(shards, topology, settings, IN_A_FILE);
  }

  /// The same with a directory elsewhere, or another first map.
  public static TestCluster startPrivate(int shards, String topology, UnaryOperator<ProxyConfig> settings, DirectoryOpener opener) {
    Map<String, PostgresServer> servers = startServers(shards);
    servers.values().forEach(server -> server.execute("CREATE DATABASE " + ROLE + " OWNER " + ROLE));
    return new TestCluster(servers, Ownership.SERVERS, ROLE, topology, settings, opener);
  }

  private static Map<String, PostgresServer> startServers(int count) {
    List<CompletableFuture<PostgresServer>> starting = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      starting.add(
          CompletableFuture.supplyAsync(
              () -> {
                PostgresServer server = PostgresServer.start();
                server.execute("CREATE ROLE " + ROLE + " LOGIN PASSWORD '" + VERIFIER + "'");
                return server;
              }));
    }
    Map<String, PostgresServer> servers = new LinkedHashMap<>();
    starting.forEach(server -> servers.put("s" + (servers.size() + 1), server.join()));
    return servers;
  }

  /// s1 and s2 have the label `region: eu`, the others `region: us`.
  private DevShards shards() {
    Map<ShardId, Shard> shards = new TreeMap<>();
    servers.forEach(
        (id, server) -> {
          Map<String, String> labels = Map.of("region", id.equals("s1") || id.equals("s2") ? "eu" : "us");
          shards.put(new ShardId(id), new Shard(new ShardId(id), Endpoint.parse(server.url(database)), 1, labels));
        });
    return new DevShards(new ShardId("s1"), shards);
  }

  /// The proxy: `postgresql://app:app@127.0.0.1:port/database`.
  public String url() {
    return "postgresql://" + ROLE + ":" + PASSWORD + "@127.0.0.1:" + port() + "/" + database;
  }

  /// One shard, as its superuser.
  public String shardUrl(String shard) {
    return shard(shard).url(PostgresServer.SUPERUSER, PostgresServer.SUPERUSER_PASSWORD, database);
  }

  public int port() {
    return proxy.port();
  }

  public String database() {
    return database;
  }

  /// The names of the shards, home first.
  public List<String> shardNames() {
    return List.copyOf(servers.keySet());
  }

  public PostgresServer shard(String shard) {
    PostgresServer server = servers.get(shard);
    if (server == null) {
      throw new IllegalArgumentException("shard: " + shard + " (expected: one of " + servers.keySet() + ")");
    }
    return server;
  }

  /// The file that the proxy keeps its map in; the keys are beside it.
  public Path directoryFile() {
    return folder.resolve("directory.json");
  }

  /// The shard map of now.
  public ShardMap map() {
    return directory.current();
  }

  /// This proxy's door to the directory.
  public ShardDirectory directory() {
    return directory;
  }

  /// A JDBC connection through the proxy, as `app`.
  public Connection connect() throws SQLException {
    return connect("");
  }

  /// The same with driver options: `prepareThreshold=1&binaryTransfer=true`.
  public Connection connect(String options) throws SQLException {
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port() + "/" + database + "?" + options, ROLE, PASSWORD);
  }

  /// A JDBC connection to a shard itself, as its superuser: to see what is really there.
  public Connection connectToShard(String shard) throws SQLException {
    return shard(shard).connect(database);
  }

  /// Runs statements through the proxy, each in a simple Query of its own.
  public void execute(String... statements) {
    try (WireClient client = wire()) {
      for (String sql : statements) {
        client.query(sql).stream()
            .filter(BackendMessage.ErrorResponse.class::isInstance)
            .findFirst()
            .ifPresent(
                error -> {
                  throw new IllegalStateException(sql + ": " + error);
                });
      }
    }
  }

  /// The first value of the first row, asked through the proxy.
  public String value(String sql) {
    try (WireClient client = wire()) {
      return client.value(sql);
    }
  }

  /// The first value of the first row, asked of a shard itself as its superuser, in the cluster's database.
  public String valueOn(String shard, String sql) {
    try (Connection connection = connectToShard(shard);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "no row";
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /// Runs a statement on a shard itself as its superuser, in the cluster's database.
  public void executeOn(String shard, String sql) {
    shard(shard).execute(database, sql);
  }

  /// Runs a statement on every shard itself as its superuser: a table that is there before the proxy first looks.
  public void executeOnEach(String sql) {
    servers.keySet().forEach(shard -> executeOn(shard, sql));
  }

  /// A raw client, logged in as `app`.
  public WireClient wire() {
    return WireClient.login(port(), ROLE, PASSWORD, database);
  }

  /// A raw client that has sent nothing yet.
  public WireClient tcp() {
    return WireClient.open(port());
  }

  /// The meters of now.
  public Scrape metrics() {
    return Scrape.of(http("/metrics").body());
  }

  /// What the proxy's HTTP port answers.
  public HttpResponse<String> http(String path) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + proxy.httpPort() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Starts a stopped or killed shard again, on the same port and data.
  public void restartShard(String shard) {
    try {
      shard(shard).restart();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The proxy lets its clients finish, and serves no more.
  public void drain() {
    try {
      proxy.drain();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Ends the proxy and starts another one over the same directory, on another port.
  public void restartProxy() {
    proxy.close();
    try {
      directory.close();
      directory = opener.open(folder, firstMap);
      proxy = ProxyServer.start(config, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    proxy.close();
    directory.close();
    switch (owns) {
      case NOTHING -> {}
      case DATABASE -> servers.values().parallelStream().forEach(server -> server.execute("DROP DATABASE " + database + " WITH (FORCE)"));
      case SERVERS -> servers.values().forEach(PostgresServer::close);
    }
  }
}
