package io.shardgate.proxy.dev;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.Engine;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.SslMode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One running PostgreSQL server of the dev cluster, a child process.
/// Thread-safe: the process is, and there is no other state.
final class PostgresServer {
  /// A crashed server's recovery can take its time on a busy machine.
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private static final int POLL_MILLIS = 15;

  private final ShardId id;
  private final Path dataFolder;
  private final Path log;
  private final int port;
  private final Process process;

  private PostgresServer(ShardId id, Path dataFolder, Path log, int port, Process process) {
    this.id = id;
    this.dataFolder = dataFolder;
    this.log = log;
    this.port = port;
    this.process = process;
  }

  /// Starts a server and returns at once; [#awaitReady] waits for it.
  static PostgresServer start(
      Children children, ShardId id, PostgresTools tools, Path dataFolder, Path log, int port, int maxConnections) throws IOException {
    List<String> command = new ArrayList<>(List.of(tools.binaries().program("postgres").toString(), "-D", dataFolder.toString()));
    settings(port, maxConnections).forEach(setting -> command.addAll(List.of("-c", setting)));
    Process process = children.start(new ProcessBuilder(tools.account().server(command))
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile()));
    return new PostgresServer(id, dataFolder, log, port, process);
  }

  private static List<String> settings(int port, int maxConnections) {
    return List.of(
        "listen_addresses=127.0.0.1",
        "port=" + port,
        "unix_socket_directories=",
        "max_connections=" + maxConnections,
        // Every server connection may be in a two-phase commit at once.
        "max_prepared_transactions=" + maxConnections,
        // Moves of ranges use logical replication, both ways.
        "wal_level=logical",
        "max_wal_senders=32",
        "max_replication_slots=32",
        "max_logical_replication_workers=16",
        "max_worker_processes=24",
        // Many servers share one machine here.
        "shared_buffers=64MB",
        "max_wal_size=512MB",
        "log_line_prefix=%m [%p] %q%u@%d %a ",
        "cluster_name=shardgate");
  }

  /// Waits until the server takes connections. The pid file's eighth line says so (PostgreSQL's `pidfile.h`).
  void awaitReady() throws IOException, InterruptedException, DevException {
    long deadlineNanos = System.nanoTime() + START_LIMIT.toNanos();
    while (!isReady()) {
      if (!process.isAlive()) {
        throw new DevException(fault());
      }
      if (System.nanoTime() > deadlineNanos) {
        throw new DevException("shard " + id + " did not start within " + START_LIMIT.toSeconds() + " s (its log is " + log + ")");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private boolean isReady() throws IOException {
    try {
      List<String> lines = Files.readAllLines(dataFolder.resolve("postmaster.pid"));
      return lines.size() >= 8 && lines.getFirst().strip().equals(Long.toString(process.pid())) && lines.get(7).startsWith("ready");
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  private String fault() throws IOException {
    String fault = ServerLog.lastFault(log);
    return "shard " + id + " did not start: " + (fault.isEmpty() ? "exit code " + process.exitValue() : fault) + " (its log is " + log + ")";
  }

  /// Whether it ended because its port was taken in the moment between choosing and binding.
  boolean lostItsPort() throws IOException {
    return !process.isAlive() && Files.readString(log).contains("Address already in use");
  }

  ShardId id() {
    return id;
  }

  int port() {
    return port;
  }

  Process process() {
    return process;
  }

  /// Where the proxy finds it; who it logs in as is the proxy's affair.
  Endpoint endpoint() {
    return new Endpoint(Engine.POSTGRESQL, null, null, "127.0.0.1", port, PostgresTemplate.DATABASE, SslMode.DISABLE, Map.of());
  }

  /// The URL of the superuser, which dev prints.
  Endpoint superuserEndpoint(Password superuserPassword) {
    return new Endpoint(Engine.POSTGRESQL, PostgresTemplate.SUPERUSER, superuserPassword, "127.0.0.1", port,
        PostgresTemplate.DATABASE, SslMode.PREFER, Map.of());
  }
}
