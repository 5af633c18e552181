package io.shardgate.bench.rig;

import io.shardgate.bench.relay.RelayMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts whoever can be found on this machine, and ends them. Not thread-safe; owned by [Rig].
///
/// Four servers and Shardgate come from `./shardgate dev`, with the flags and settings that ship. All others stand before the first server, where the table `whole` has
/// all rows that `accounts` has on all shards.
final class Contestants implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Contestants.class);
  private static final Pattern SHARD = Pattern.compile("^shard (\\w+): postgresql://\\w+:(\\w+)@[^:]+:(\\d+)/");
  private static final int POOL = 32;
  private static final int KEYS_OF_EACH = 25;
  private static final int CLIENTS_MAX = 12_000;
  private static final int WAIT_SECONDS = 20;

  private final Path home;
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final List<Contestant> all = new ArrayList<>();
  private final List<Shard> shards = new ArrayList<>();
  private String fourKeys = "";
  private final List<OwnProxy> proxies = new ArrayList<>();

  private Contestants(Path home, Path folder) {
    this.home = home;
    this.folder = folder;
  }

  /// @param home the checkout
  /// @param folder for data and settings
  /// @param transports whether the contestants are Shardgate by each transport instead of its peers
  static Contestants start(Path home, Path folder, boolean transports) throws IOException, SQLException, InterruptedException {
    Contestants contestants = new Contestants(home, folder);
    try {
      contestants.open(transports);
      return contestants;
    } catch (IOException | SQLException | RuntimeException e) {
      contestants.close();
      throw e;
    }
  }

  List<Contestant> all() {
    return List.copyOf(all);
  }

  /// Shardgate's four servers.
  List<Shard> shards() {
    return List.copyOf(shards);
  }

  /// Sets pgbench's variables `a` to `d` to keys of four shards, others each time.
  String fourKeys() {
    return fourKeys;
  }

  /// One key of each shard, of the first [#KEYS_OF_EACH] that it has.
  private static String fourKeys(List<Shard> shards) throws SQLException {
    StringBuilder script = new StringBuilder("\\set r random(1, " + KEYS_OF_EACH + ")\n");
    char variable = 'a';
    for (Shard shard : shards) {
      script.append("\\set ").append(variable++).append(" case");
      try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + shard.port() + "/app?sslmode=disable", "postgres", shard.password());
          Statement statement = connection.createStatement();
          ResultSet keys = statement.executeQuery("SELECT id FROM accounts ORDER BY id LIMIT " + KEYS_OF_EACH)) {
        for (int r = 1; keys.next(); r++) {
          script.append(" when :r = ").append(r).append(" then ").append(keys.getLong(1));
        }
      }
      script.append(" end\n");
    }
    return script.toString();
  }

  /// @param password the superuser's
  record Shard(String name, String password, int port) {}

  /// The table that a contestant's scripts are about.
  static String table(Contestant contestant) {
    return contestant.name().startsWith("shardgate") ? "accounts" : "whole";
  }

  private void open(boolean transports) throws IOException, SQLException, InterruptedException {
    int proxy = freePort();
    Path topology = Files.writeString(folder.resolve("topology.yaml"), "groups: { account: { strategy: hash, key: bigint, tables: { accounts: id, accounts_in: id, accounts_typed: id } } }\n");
    Process dev =
        start(
            home.resolve("shardgate").toString(), "dev", "--fresh", "--data", folder.resolve("dev").toString(), "--port", Integer.toString(proxy), "--http",
            Integer.toString(freePort()), "--pool", Integer.toString(transports ? 3 * POOL : POOL), "--topology", topology.toString());
    int server = firstShard(dev);
    fill(proxy);
    fourKeys = fourKeys(shards);
    all.add(new Contestant("direct", server, null, false));
    if (transports) {
      for (String name : List.of("epoll", "io_uring", "nio")) {
        byTransport(name);
      }
      return;
    }
    all.add(new Contestant("shardgate", proxy, dev.toHandle(), true));
    relay(server);
    pgBouncer(server);
    haProxy(server);
  }

  private int firstShard(Process dev) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(dev.getInputStream(), StandardCharsets.UTF_8));
    List<String> said = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.add(line);
      Matcher shard = SHARD.matcher(line);
      if (shard.find()) {
        shards.add(new Shard(shard.group(1), shard.group(2), Integer.parseInt(shard.group(3))));
      }
      if (line.startsWith("ready") && !shards.isEmpty()) {
        drain(lines);
        return shards.getFirst().port();
      }
    }
    throw new IOException("./shardgate dev did not start: " + String.join(" | ", said));
  }

  /// A pipe that nobody reads would stop its writer one day.
  static void drain(BufferedReader lines) {
    Thread.ofVirtual().start(
        () -> {
          try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              LOG.debug(line);
            }
          } catch (IOException e) {
            LOG.debug("its output is closed: {}", e.toString());
          }
        });
  }

  private static void fill(int proxy) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + proxy + "/app?sslmode=disable", "app", "app");
        Statement statement = connection.createStatement()) {
      for (String table : List.of("accounts", "whole")) {
        statement.execute("CREATE TABLE " + table + " (id bigint PRIMARY KEY, balance int NOT NULL, filler text) WITH (fillfactor = 70)");
        statement.execute("INSERT INTO " + table + " SELECT n, 0, repeat('x', 80) FROM generate_series(1, " + Workload.ROWS + ") n");
        statement.execute("VACUUM ANALYZE " + table);
        for (String more : DriverLoad.tables()) {
          statement.execute(more.replace("accounts", table));
        }
      }
    }
  }

  private void byTransport(String name) throws IOException, InterruptedException {
    try {
      OwnProxy proxy =
          OwnProxy.start(home, folder, shards.getFirst().password(), "transport: " + name + "\npool: { max_connections: " + POOL + " }", "");
      proxies.add(proxy);
      all.add(new Contestant("shardgate " + name, proxy.port(), proxy.process(), true));
    } catch (IOException e) {
      LOG.warn("shardgate by {} is left out: {}", name, e.getMessage());
    }
  }

  private void relay(int server) throws IOException, InterruptedException {
    int port = freePort();
    Process process =
        start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseCompactObjectHeaders", "-cp", System.getProperty("java.class.path"), RelayMain.class.getName(), Integer.toString(port), Integer.toString(server));
    add(new Contestant("relay", port, process.toHandle(), true), process);
  }

  private void pgBouncer(int server) throws IOException, InterruptedException {
    Optional<Path> program = program("pgbouncer");
    if (program.isEmpty()) {
      LOG.warn("no pgbouncer in the PATH: left out");
      return;
    }
    int port = freePort();
    String prepared = version(program.get()).compareTo("1.21") >= 0 ? "max_prepared_statements = 200\n" : "";
    Path settings =
        Files.writeString(
            folder.resolve("pgbouncer.ini"),
            "[databases]\napp = host=127.0.0.1 port=" + server + " dbname=app user=app password=app\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + port
                + "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = " + POOL + "\nmax_client_conn = " + CLIENTS_MAX
                + "\nignore_startup_parameters = extra_float_digits\nlogfile = " + folder.resolve("pgbouncer.log") + "\n" + prepared);
    List<String> command = new ArrayList<>(List.of(program.get().toString()));
    if ("root".equals(System.getProperty("user.name"))) { // which it refuses to be
      command.addAll(List.of("-u", "nobody"));
      folder.toFile().setWritable(true, false);
      folder.toFile().setExecutable(true, false);
    }
    command.add(settings.toString());
    Process process = start(command.toArray(new String[0]));
    add(new Contestant("pgbouncer " + version(program.get()), port, process.toHandle(), false), process);
  }

  private void haProxy(int server) throws IOException, InterruptedException {
    Optional<Path> program = program("haproxy");
    if (program.isEmpty()) {
      LOG.warn("no haproxy in the PATH: left out");
      return;
    }
    int port = freePort();
    Path settings =
        Files.writeString(
            folder.resolve("haproxy.cfg"),
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\nlisten postgres\n  bind 127.0.0.1:" + port
                + "\n  server one 127.0.0.1:" + server + "\n");
    Process process = start(program.get().toString(), "-f", settings.toString(), "-db");
    add(new Contestant("haproxy " + version(program.get()), port, process.toHandle(), false), process);
  }

  private Process start(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    processes.add(process);
    return process;
  }

  private static Optional<Path> program(String name) {
    List<String> folders = new ArrayList<>(List.of(String.valueOf(System.getenv("PATH")).split(":")));
    folders.add("/usr/sbin");
    return folders.stream().map(folder -> Path.of(folder, name)).filter(Files::isExecutable).findFirst();
  }

  private static String version(Path program) throws IOException {
    Process process = new ProcessBuilder(program.toString(), program.endsWith("haproxy") ? "-v" : "--version").redirectErrorStream(true).start();
    Matcher version = Pattern.compile("\\d+\\.\\d+(\\.\\d+)?").matcher(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    return version.find() ? version.group() : "";
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// Takes it in once it listens; one that ends instead is left out, with its own words.
  private void add(Contestant contestant, Process process) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (process.isAlive()) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), contestant.port())) {
        drain(process.inputReader(StandardCharsets.UTF_8));
        all.add(contestant);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
    LOG.warn("{} did not start and is left out: {}", contestant.name(), String.join(" | ", process.inputReader(StandardCharsets.UTF_8).lines().toList()));
  }

  @Override
  public void close() {
    proxies.forEach(OwnProxy::close);
    processes.reversed().forEach(Process::destroy);
    for (Process process : processes.reversed()) {
      try {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }
}
