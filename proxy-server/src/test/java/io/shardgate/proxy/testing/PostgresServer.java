package io.shardgate.proxy.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A PostgreSQL server of a test's own, on a free port of 127.0.0.1, logins by SCRAM.
/// Not thread-safe; owned by the test.
///
/// `initdb` runs once per JVM; each server works on a copy. A server ends with [#close], at the latest with the JVM; leftovers of a JVM that was
/// killed are swept by the next one.
public final class PostgresServer implements AutoCloseable {
  public static final String SUPERUSER = "postgres";
  public static final String SUPERUSER_PASSWORD = "super secret";

  private static final String HOST = "127.0.0.1";
  private static final int START_SECONDS = 30;
  private static final Path HOME = home();
  private static final List<PostgresServer> RUNNING = new ArrayList<>();
  private static Path template;
  private static int made;

  private final Path data;
  private final int port;
  private final Map<String, String> settings;
  private Process process;

  private PostgresServer(Path data, int port, Map<String, String> settings) {
    this.data = data;
    this.port = port;
    this.settings = settings;
  }

  /// Starts a server with these settings over the tests' own (no fsync, two-phase commit, logical WAL).
  public static PostgresServer start(Map<String, String> settings) {
    try {
      Path data = copyOfTemplate();
      PostgresServer server = new PostgresServer(data, freePort(), Map.copyOf(settings));
      synchronized (RUNNING) {
        RUNNING.add(server);
      }
      server.restart();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static PostgresServer start() {
    return start(Map.of());
  }

  /// A server with the role `app` (password `app`, no superuser), which owns the database `app`.
  public static PostgresServer startWithApp() {
    PostgresServer server = start();
    server.execute("CREATE ROLE app LOGIN PASSWORD 'app'");
    server.execute("CREATE DATABASE app OWNER app");
    return server;
  }

  public int port() {
    return port;
  }

  public Path dataFolder() {
    return data;
  }

  /// `postgresql://127.0.0.1:port/database`, without a role.
  public String url(String database) {
    return "postgresql://" + HOST + ":" + port + "/" + database;
  }

  public String url(String role, String password, String database) {
    return "postgresql://" + role + ":" + password.replace(" ", "%20") + "@" + HOST + ":" + port + "/" + database;
  }

  /// A JDBC connection of the superuser.
  public Connection connect(String database) throws SQLException {
    return connect(SUPERUSER, SUPERUSER_PASSWORD, database);
  }

  public Connection connect(String role, String password, String database) throws SQLException {
    return DriverManager.getConnection("jdbc:" + url(database), role, password);
  }

  /// Runs one statement as superuser in the database `postgres`.
  public void execute(String sql) {
    execute("postgres", sql);
  }

  public void execute(String database, String sql) {
    try (Connection connection = connect(database); Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /// The first column of the first row, as superuser in the database `postgres`.
  public String query(String sql) {
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /// Starts a stopped or killed server again, on the same port and data.
  public void restart() throws IOException {
    List<String> command = asNobody();
    command.add(PostgresBinaries.program("postgres").toString());
    command.addAll(List.of("-D", data.toString(), "-p", Integer.toString(port)));
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(data.resolveSibling(data.getFileName() + ".log").toFile()))
        .start();
    awaitReady();
  }

  private void awaitReady() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try (Connection _ = connect("postgres")) {
        return;
      } catch (SQLException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IOException("server did not start: " + log(), e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public String log() {
    try {
      return Files.readString(data.resolveSibling(data.getFileName() + ".log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /// The postmaster's process id: for SIGSTOP and the like.
  public long pid() {
    return process.pid();
  }

  /// Kills the postmaster without a word (SIGKILL); its backends notice and leave.
  public void kill() {
    process.destroyForcibly();
    await();
  }

  /// Stops the server and ends all its sessions (fast shutdown, SIGINT).
  public void stop() {
    signal("INT");
    await();
  }

  /// Sends a signal to the postmaster: `STOP`, `CONT`, `HUP` …
  public void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void await() {
    try {
      if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      signal("QUIT");
      await();
    }
    synchronized (RUNNING) {
      RUNNING.remove(this);
    }
    try {
      PostgresBinaries.delete(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- the folders ----

  private static Path home() {
    try {
      Path all = Path.of(System.getProperty("java.io.tmpdir"), "shardgate-test-servers-" + System.getProperty("user.name"));
      Files.createDirectories(all);
      sweep(all);
      Path own = Files.createDirectories(all.resolve(Long.toString(ProcessHandle.current().pid())));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> endAll(own)));
      return own;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void endAll(Path own) {
    synchronized (RUNNING) {
      RUNNING.forEach(server -> {
        if (server.process != null) {
          server.process.destroyForcibly();
        }
      });
    }
    try {
      pause();
      PostgresBinaries.delete(own);
    } catch (IOException e) {
      // A server was still writing its last file: the next JVM sweeps.
    }
  }

  /// Ends the servers of JVMs that are gone.
  private static void sweep(Path all) throws IOException {
    try (var folders = Files.list(all)) {
      for (Path folder : folders.toList()) {
        if (ProcessHandle.of(Long.parseLong(folder.getFileName().toString())).isEmpty()) {
          endServersIn(folder);
          PostgresBinaries.delete(folder);
        }
      }
    }
  }

  private static void endServersIn(Path folder) throws IOException {
    try (var files = Files.walk(folder, 2)) {
      for (Path file : files.filter(each -> each.endsWith("postmaster.pid")).toList()) {
        long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
        ProcessHandle.of(pid)
            .filter(each -> each.info().command().orElse("").endsWith("/postgres"))
            .ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private static synchronized Path copyOfTemplate() throws IOException {
    if (template == null) {
      template = initdb();
    }
    Path copy = HOME.resolve("server-" + made++);
    Files.walkFileTree(template, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
        Path target = copy.resolve(template.relativize(folder));
        Files.createDirectories(target);
        Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(folder));
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.copy(file, copy.resolve(template.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
        return FileVisitResult.CONTINUE;
      }
    });
    return copy;
  }

  private static Path initdb() throws IOException {
    Path data = HOME.resolve("template");
    Path password = Files.writeString(HOME.resolve("password"), SUPERUSER_PASSWORD);
    List<String> command = asNobody();
    command.add(PostgresBinaries.program("initdb").toString());
    command.addAll(List.of("-D", data.toString(), "-U", SUPERUSER, "--pwfile", password.toString(), "-A", "scram-sha-256",
        "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"));
    Path log = HOME.resolve("initdb.log");
    Process initdb = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (initdb.waitFor() != 0) {
        throw new IOException("initdb: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    Files.writeString(data.resolve("postgresql.auto.conf"), """
        listen_addresses = '%s'
        unix_socket_directories = ''
        fsync = off
        full_page_writes = off
        shared_buffers = 16MB
        max_connections = 200
        max_prepared_transactions = 50
        wal_level = logical
        """.formatted(HOST));
    return data;
  }

  /// PostgreSQL refuses to run as root; in a user namespace of its own it is nobody.
  private static List<String> asNobody() {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "-U"));
    }
    return command;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    }
  }
}
