package io.shardgate.proxy.dev;

import io.shardgate.directory.DevShards;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.directory.etcd.EtcdStore;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.admin.TopologyChange;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfigReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `./shardgate dev`: starts N embedded PostgreSQL servers and the proxy in front of them, and says when it serves.
///
/// On standard output a line `shard <id>: <URL of a superuser>` for each shard, then `ready: <URL>`; all else goes to standard
/// error. Ends on SIGINT and SIGTERM, when everything that it started has ended.
/// Not thread-safe; owned by the main thread, but for the shutdown hook's closing of what was opened.
@Command(
    name = "shardgate dev",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Starts embedded PostgreSQL shards and the proxy in front of them.")
public final class DevMain implements Callable<Integer> {
  private static final String LOOPBACK = "127.0.0.1";

  /// What a shard keeps free beside the proxy's pool: superusers, replication, the proxy's own queries.
  private static final int SPARE_CONNECTIONS = 60;
  private static final int DEFAULT_MAX_CONNECTIONS = 200;

  private final ProxyStarter proxyStarter;
  private final Path homeFolder;
  private final PrintStream out;
  private final PrintStream progress;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  @Mixin private final DevOptions options = new DevOptions();

  public DevMain(ProxyStarter proxyStarter, Path homeFolder, PrintStream out, PrintStream progress) {
    this.proxyStarter = proxyStarter;
    this.homeFolder = homeFolder;
    this.out = out;
    this.progress = progress;
  }

  /// Runs the command and returns the exit code of a start that failed. `shardgate.home` is the folder of the launcher.
  public static int run(ProxyStarter proxyStarter, String... arguments) {
    Path home = Path.of(System.getProperty("shardgate.home", ".")).toAbsolutePath().normalize();
    return new CommandLine(new DevMain(proxyStarter, home, System.out, System.err))
        .setParameterExceptionHandler((fault, _) -> {
          System.err.println("shardgate: " + fault.getMessage() + " (./shardgate dev --help lists the flags)");
          return CommandLine.ExitCode.USAGE;
        })
        .execute(arguments);
  }

  @Override
  public Integer call() throws InterruptedException {
    options.check();
    Thread hook = new Thread(this::closeAll, "dev-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      start();
    } catch (TopologyException | ConfigException | DevException e) {
      return failed(e.getMessage());
    } catch (BindException e) {
      return failed("port " + options.port + " or " + options.httpPort + " is taken (give others with --port and --http): " + e.getMessage());
    } catch (Exception e) {
      return failed(message(e));
    }
    new CountDownLatch(1).await(); // a signal ends the process, through the hook
    return CommandLine.ExitCode.OK;
  }

  private int failed(@Nullable String message) {
    boolean diskFull = message != null && message.contains(ServerLog.DISK_FULL);
    progress.println("shardgate: " + (diskFull ? "the disk of " + options.data + " is full: " : "") + message);
    closeAll();
    return CommandLine.ExitCode.SOFTWARE;
  }

  /// One line for faults of the machine, such as a full disk or a folder that can't be written.
  private static String message(Exception e) {
    return switch (e) {
      case FileSystemException file -> file.getFile() + ": " + (file.getReason() == null ? file.getClass().getSimpleName() : file.getReason());
      case IOException io -> String.valueOf(io.getMessage());
      case UncheckedIOException io -> String.valueOf(io.getMessage());
      case SQLException sql -> String.valueOf(sql.getMessage()).lines().findFirst().orElse("");
      default -> e.toString();
    };
  }

  private void start() throws Exception {
    checkPort("--port", options.port);
    checkPort("--http", options.httpPort);
    Optional<byte[]> declared = options.topology == null ? Optional.empty() : Optional.of(read(options.topology));
    DevFolder folder = opened(DevFolder.open(dataFolder()));
    int swept = Leftovers.sweep(folder.shards());
    if (swept > 0) {
      progress.println("ended " + swept + " PostgreSQL servers of an earlier run");
    }
    if (options.fresh || folder.record().isEmpty()) {
      folder.clear();
    }
    Optional<Properties> record = folder.record();
    Cluster wanted = Cluster.wanted(options, record);
    if (declared.isPresent()) {
      TopologyReader.read(declared.get(), String.valueOf(options.topology), Optional.of(DevCluster.placeholders(wanted.ids())));
    }
    PostgresTools tools = new PostgresTools(binaries(wanted.postgres()), ServerAccount.detect());
    Children children = opened(new Children());
    progress.println("starting " + wanted.shards() + " PostgreSQL " + wanted.postgres() + " servers in " + options.data);
    if (record.isEmpty()) {
      folder.writeSuperuserPassword(randomPassword());
      DevCluster.makeDataFolders(children, tools, folder, wanted.ids());
    }
    DevCluster cluster = DevCluster.start(children, tools, folder, wanted.ids(), wanted.lastPorts(), maxConnections());
    Password password = new Password(folder.superuserPassword());
    ProxyConfig config = config(folder, password);
    ShardDirectory directory = opened(directory(folder, cluster.shards(), declared, record.isPresent(), config));
    progress.println("starting the proxy");
    opened(proxyStarter.start(config, directory));
    if (record.isEmpty() && declared.isEmpty()) {
      progress.println("loading the sample");
      SampleData.load(options.port);
    }
    folder.record(wanted.properties(cluster, options));
    opened(ProxyNote.write(homeFolder, url()));
    announce(cluster, password);
  }

  private synchronized <T extends AutoCloseable> T opened(T closeable) {
    opened.push(closeable);
    return closeable;
  }

  /// Last opened first: the proxy, then the shards, then the folder's lock.
  private synchronized void closeAll() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        progress.println("shardgate: " + e);
      }
    }
  }

  private static void checkPort(String option, int port) throws DevException {
    if (!DevCluster.isFree(port)) {
      throw new DevException("port " + port + " is taken (give another one with " + option + ")");
    }
  }

  private static byte[] read(Path file) throws IOException, DevException {
    try {
      return TopologyReader.bytes(file);
    } catch (NoSuchFileException _) {
      throw new DevException("no such file: " + file);
    } catch (IOException e) {
      throw new DevException(file + " can't be read: " + e.getMessage(), e);
    }
  }

  private Path dataFolder() {
    if (options.data == null) {
      options.data = homeFolder.resolve("var/dev");
    }
    return options.data;
  }

  private PostgresBinaries binaries(int major) throws IOException, DevException {
    List<Path> jarFolders = List.of(homeFolder.resolve("proxy-server/target/lib"), homeFolder.resolve("proxy-server/target/postgres"));
    return PostgresBinaries.unpack(major, jarFolders, homeFolder.resolve("var/postgres"));
  }

  private int maxConnections() {
    return Math.max(DEFAULT_MAX_CONNECTIONS, (options.pool == null ? 0 : options.pool) + SPARE_CONNECTIONS);
  }

  private static String randomPassword() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// The recorded map goes on with the servers' present ports, and with the declared topology where one is given.
  private ShardDirectory directory(DevFolder folder, DevShards shards, Optional<byte[]> declared, boolean recorded, ProxyConfig config)
      throws IOException, TopologyException, DevException {
    byte[] text = declared.isPresent() ? declared.get() : SampleData.topology().getBytes(StandardCharsets.UTF_8);
    Topology topology = TopologyReader.read(text, String.valueOf(options.topology), Optional.of(shards));
    EtcdPlace etcd = options.etcd();
    ShardDirectory directory = etcd == null ? inFile(folder.directoryFile(), topology) : inEtcd(etcd, topology, recorded);
    try {
      Topology wanted = declared.isPresent() || !recorded ? topology : Topology.of(directory.current()).withShards(shards);
      TopologyChange.apply(wanted, directory, config);
      return directory;
    } catch (TopologyException e) {
      directory.close();
      throw new DevException(options.topology + " does not fit the tables in " + options.data + " (or begin anew with --fresh):\n" + e.getMessage(), e);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static ShardDirectory inFile(Path file, Topology topology) throws IOException, TopologyException {
    return Files.exists(file) ? FileDirectory.open(file) : FileDirectory.open(file, topology.toMap(MapVersion.FIRST));
  }

  /// New servers have no rows, so a map that is there already is another cluster's; servers that have rows need theirs.
  private static ShardDirectory inEtcd(EtcdPlace place, Topology topology, boolean recorded) throws IOException, TopologyException, DevException {
    try (EtcdStore store = EtcdStore.at(place)) {
      boolean present = store.read().isPresent();
      if (recorded && !present) {
        throw new DevException(place + " holds no shard map, but the servers hold rows (expected: the place that their map is in; begin anew with --fresh)");
      }
      if (!recorded && (present || !store.create(topology.toMap(MapVersion.FIRST)))) {
        throw new DevException(place + " holds the shard map of another cluster (expected: an empty prefix for new servers, such as " + place + "-2)");
      }
      return store.follow();
    }
  }

  /// The settings that ship, but for what the flags say and the cluster brings.
  private ProxyConfig config(DevFolder folder, Password password) {
    ProxyConfig shipped = ProxyConfigReader.read(homeFolder.resolve("conf/shardgate.yaml"));
    ProxyConfig.Pool pool = options.pool == null ? shipped.pool() : shipped.pool().withMaxConnections(options.pool);
    return shipped
        .withListen(new ProxyConfig.Address(LOOPBACK, options.port))
        .withHttp(new ProxyConfig.Address(LOOPBACK, options.httpPort))
        .withPool(pool)
        .withAdmins(ProxyConfig.Admins.of(Set.of(PostgresTemplate.ROLE)))
        .withDirectory(place(folder))
        .withService(new ProxyConfig.ServiceRole(PostgresTemplate.SUPERUSER, password));
  }

  private ProxyConfig.DirectoryPlace place(DevFolder folder) {
    EtcdPlace etcd = options.etcd();
    return etcd == null ? new ProxyConfig.DirectoryPlace.File(folder.directoryFile()) : new ProxyConfig.DirectoryPlace.Etcd(etcd);
  }

  private void announce(DevCluster cluster, Password password) {
    for (PostgresServer server : cluster.servers()) {
      out.println("shard " + server.id() + ": " + server.superuserEndpoint(password).toUri());
      server.process().onExit().thenAccept(process -> {
        synchronized (this) {
          if (!opened.isEmpty()) {
            progress.println("shard " + server.id() + " ended with exit code " + process.exitValue());
          }
        }
      });
    }
    out.println("ready: " + url());
    out.flush();
  }

  private String url() {
    return "postgresql://%s:%s@127.0.0.1:%d/%s".formatted(PostgresTemplate.ROLE, PostgresTemplate.ROLE_PASSWORD, options.port, PostgresTemplate.DATABASE);
  }

  /// Size and version of a cluster: what the flags say, checked against what an earlier run recorded. Immutable.
  private record Cluster(int shards, int postgres, Map<ShardId, Integer> lastPorts) {
    private static final String FILE = "a file there";

    static Cluster wanted(DevOptions options, Optional<Properties> record) throws DevException {
      if (record.isEmpty()) {
        return new Cluster(
            options.shards == null ? DevOptions.DEFAULT_SHARDS : options.shards,
            options.postgres == null ? DevOptions.DEFAULT_POSTGRES : options.postgres,
            Map.of());
      }
      Properties properties = record.get();
      String directory = properties.getProperty("directory", FILE);
      if (!directory.equals(directoryWord(options))) {
        throw new DevException("the shard map of " + options.data + " is in " + directory + " (expected: the same --directory; begin anew with --fresh)");
      }
      int shards = recorded(properties, "shards", options.shards, options);
      int postgres = recorded(properties, "postgres", options.postgres, options);
      Map<ShardId, Integer> ports = new HashMap<>();
      for (ShardId id : DevCluster.ids(shards)) {
        ports.put(id, Integer.parseInt(properties.getProperty("port." + id, "0")));
      }
      return new Cluster(shards, postgres, ports);
    }

    private static int recorded(Properties properties, String name, @Nullable Integer asked, DevOptions options) throws DevException {
      int recorded = Integer.parseInt(properties.getProperty(name, "0"));
      if (asked != null && asked != recorded) {
        throw new DevException(name + ": " + asked + " (expected: " + recorded + ", as " + options.data + " was made; begin anew with --fresh)");
      }
      return recorded;
    }

    private static String directoryWord(DevOptions options) {
      EtcdPlace etcd = options.etcd();
      return etcd == null ? FILE : etcd.toString();
    }

    List<ShardId> ids() {
      return DevCluster.ids(shards);
    }

    Properties properties(DevCluster cluster, DevOptions options) {
      Properties properties = new Properties();
      properties.setProperty("directory", directoryWord(options));
      properties.setProperty("shards", Integer.toString(shards));
      properties.setProperty("postgres", Integer.toString(postgres));
      cluster.servers().forEach(server -> properties.setProperty("port." + server.id(), Integer.toString(server.port())));
      return properties;
    }
  }
}
