package io.shardgate.proxy.dev;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/// The data folder of a dev cluster, and who may touch it. Thread-safe: it holds no state but the lock on the folder.
///
///     <data>/shardgate-dev         marks the folder as ours, holds the lock
///     <data>/cluster.properties    written last: a folder without it was not finished and is begun anew
///     <data>/superuser.password    mode 0600
///     <data>/directory.json        the shard directory
///     <data>/log/                  one log per shard
///     <data>/shards/<id>/          PostgreSQL's data folders
final class DevFolder implements AutoCloseable {
  private static final String MARK = "shardgate-dev";
  private static final String COMPLETE = "cluster.properties";
  private static final String PASSWORD = "superuser.password";
  private static final String DIRECTORY = "directory.json";
  private static final String LOGS = "log";
  private static final String SHARDS = "shards";

  private final Path root;
  private final FileChannel lock;

  private DevFolder(Path root, FileChannel lock) {
    this.root = root;
    this.lock = lock;
  }

  /// Makes or takes over the folder and keeps other dev clusters out of it.
  static DevFolder open(Path data) throws IOException, DevException {
    Path root = data.toAbsolutePath().normalize();
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw new DevException("data folder " + data + " is a file (expected: a folder)");
    }
    Files.createDirectories(root);
    Path mark = root.resolve(MARK);
    if (!Files.exists(mark) && !isEmpty(root)) {
      throw new DevException("data folder " + data + " holds files that are not a dev cluster's (expected: an empty folder)");
    }
    FileChannel channel = FileChannel.open(mark, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock held = channel.tryLock();
    if (held == null) {
      channel.close();
      throw new DevException("data folder " + data + " is in use by another ./shardgate dev (give another one with --data)");
    }
    return new DevFolder(root.toRealPath(), channel);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  Path shards() {
    return root.resolve(SHARDS);
  }

  Path logs() {
    return root.resolve(LOGS);
  }

  Path directoryFile() {
    return root.resolve(DIRECTORY);
  }

  /// Removes what a dev cluster makes, and nothing else. Servers that run on it must have ended.
  void clear() throws IOException {
    // The word that all is there goes first: a half deleted cluster must not look like a whole one.
    for (String entry : List.of(COMPLETE, SHARDS, LOGS, DIRECTORY, DIRECTORY + ".lock", DIRECTORY + ".new", PASSWORD, COMPLETE + ".new")) {
      delete(root.resolve(entry));
    }
  }

  static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// Copies a folder whole or not at all: under another name first.
  static void copy(Path from, Path to) throws IOException {
    Path unfinished = to.resolveSibling(to.getFileName() + ".new");
    delete(unfinished);
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, unfinished.resolve(from.relativize(path).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /// What an earlier run recorded; empty when there is none or it did not get to its end.
  Optional<Properties> record() throws IOException {
    Path file = root.resolve(COMPLETE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return Optional.of(properties);
  }

  void record(Properties properties) throws IOException {
    Path unfinished = root.resolve(COMPLETE + ".new");
    try (Writer writer = Files.newBufferedWriter(unfinished)) {
      properties.store(writer, null);
    }
    Files.move(unfinished, root.resolve(COMPLETE), StandardCopyOption.ATOMIC_MOVE);
  }

  Path superuserPasswordFile() {
    return root.resolve(PASSWORD);
  }

  void writeSuperuserPassword(String password) throws IOException {
    Path file = superuserPasswordFile();
    Files.deleteIfExists(file);
    Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, password + "\n");
  }

  String superuserPassword() throws IOException {
    return Files.readString(superuserPasswordFile()).strip();
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
