package io.shardgate.directory.file;

import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.DirectoryException.Fault;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.Listeners;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.RoleBook;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.json.MapJson;
import io.shardgate.directory.keys.KeyBatch;
import io.shardgate.directory.keys.KeyWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shard directory in one JSON file, for one process: a lock file beside it keeps a second one out.
/// Thread-safe: `current` is read from a volatile field, all else is done under one lock.
///
/// A change is written to a temporary file, fsynced, renamed over the file, and the folder fsynced: after a crash the file is
/// either the old map or the new one. It may hold passwords of service roles, so only its owner may read it. The keys of groups of strategy
/// *directory* are in a file beside it, `<name>.keys` ([KeyLog]), what is recorded of roles in `<name>.roles` ([FileRoles]).
public final class FileDirectory implements ShardDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(FileDirectory.class);

  private final Path file;
  private final FileChannel lockChannel;
  private final Listeners<ShardMap> listeners = new Listeners<>("the shard map");
  private final FileRoles roles;
  private final SortedMap<String, ProxyPresence> proxies = new ConcurrentSkipListMap<>();
  private final Object lock = new Object();
  private final KeyLog keyLog;
  private final KeyWriter keyWriter = new KeyWriter(this::record);
  private final int maxKeysPerGroup;
  private volatile ShardMap current;
  private boolean closed;

  private FileDirectory(Path file, FileChannel lockChannel, ShardMap current, int maxKeysPerGroup) throws IOException {
    this.file = file;
    this.lockChannel = lockChannel;
    this.current = current;
    this.maxKeysPerGroup = maxKeysPerGroup;
    this.roles = FileRoles.open(rolesFile(file));
    this.keyLog = KeyLog.open(keysFile(file), tables(current));
  }

  /// Opens the file, which is made with `initial` when it is missing. Throws [IOException] when another process has it open,
  /// or when it can't be read as a shard map: a broken file is never replaced.
  public static FileDirectory open(Path file, ShardMap initial) throws IOException {
    return open(file, initial, MAX_KEYS_PER_GROUP);
  }

  /// The same with another limit.
  static FileDirectory open(Path file, ShardMap initial, int maxKeysPerGroup) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path folder = folderOf(absolute);
    Files.createDirectories(folder);
    FileChannel lockChannel = lock(absolute);
    try {
      if (Files.notExists(absolute)) {
        if (Files.exists(keysFile(absolute))) {
          throw new IOException(
              "directory file " + file + " is missing, but " + keysFile(absolute) + ", which says where its keys are, is not (restore it, or remove both)");
        }
        replace(absolute, MapJson.write(initial));
      }
      return new FileDirectory(absolute, lockChannel, MapJson.read(Files.readString(absolute), absolute.toString()), maxKeysPerGroup);
    } catch (IOException | RuntimeException e) {
      lockChannel.close();
      throw e;
    }
  }

  /// Opens a file that exists. Throws [IOException] as the other door does, and when the file is missing.
  public static FileDirectory open(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    FileChannel lockChannel = lock(absolute);
    try {
      return new FileDirectory(absolute, lockChannel, MapJson.read(Files.readString(absolute), absolute.toString()), MAX_KEYS_PER_GROUP);
    } catch (IOException | RuntimeException e) {
      lockChannel.close();
      throw e;
    }
  }

  private static Path folderOf(Path absolute) {
    Path folder = absolute.getParent();
    return folder == null ? absolute : folder;
  }

  private static Path keysFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".keys");
  }

  private static Path rolesFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".roles");
  }

  private static Map<String, KeyTable> tables(ShardMap map) {
    Map<String, KeyTable> tables = new TreeMap<>();
    map.keySpaces().forEach((group, space) -> {
      if (space instanceof KeyTable table) {
        tables.put(group, table);
      }
    });
    return tables;
  }

  private static FileChannel lock(Path file) throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock held = channel.tryLock();
      if (held != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new IOException("directory file " + file + " is in use by this process", e);
    }
    channel.close();
    throw new IOException("directory file " + file + " is in use by another process");
  }

  @Override
  public ShardMap current() {
    return current;
  }

  @Override
  public boolean compareAndSet(MapVersion expected, ShardMap next) {
    if (!next.version().equals(expected.next())) {
      throw new IllegalArgumentException("version: " + next.version() + " (expected: " + expected.next() + ")");
    }
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("directory file " + file + " is closed");
      }
      ShardMap before = current;
      ShardMap withKeys = next.withKeysOf(before);
      if (!before.version().equals(expected) || !hasAllHolders(withKeys)) {
        return false;
      }
      try {
        replace(file, MapJson.write(withKeys));
      } catch (IOException e) {
        throw new UncheckedIOException("could not write directory file " + file + ": " + e.getMessage(), e);
      }
      current = withKeys;
      forgetKeys(before, withKeys);
      listeners.tell(withKeys);
      return true;
    }
  }

  private static boolean hasAllHolders(ShardMap map) {
    return map.keySpaces().values().stream().map(KeySpace::holders).allMatch(map.shards().keySet()::containsAll);
  }

  /// Keys of a group that is gone must not come back with another of its name.
  private void forgetKeys(ShardMap before, ShardMap now) {
    Map<String, KeyTable> kept = tables(now);
    boolean gone = tables(before).entrySet().stream()
        .anyMatch(entry -> entry.getValue().size() > 0 && (kept.get(entry.getKey()) == null || kept.get(entry.getKey()).type() != entry.getValue().type()));
    if (gone) {
      try {
        keyLog.rewrite(kept);
      } catch (IOException e) {
        LOG.error("{} could not be written anew: no key is placed until the proxy is restarted", keysFile(file), e);
      }
    }
  }

  @Override
  public CompletableFuture<Optional<ShardId>> find(Group group, KeyValue key) {
    try {
      return CompletableFuture.completedFuture(Optional.ofNullable(KeyBatch.table(current, group).ownerOf(key)));
    } catch (DirectoryException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<ShardId> place(Group group, KeyValue key, Set<ShardId> candidates) {
    return keyWriter.place(group, key, candidates);
  }

  private void record(List<KeyWriter.Request> requests) {
    List<Runnable> answers = new ArrayList<>();
    synchronized (lock) {
      KeyBatch batch = new KeyBatch(current, maxKeysPerGroup);
      for (KeyWriter.Request request : requests) {
        try {
          ShardId owner = batch.owner(request.group(), request.key(), request.candidates());
          answers.add(() -> request.owner().complete(owner));
        } catch (RuntimeException e) {
          request.owner().completeExceptionally(e);
        }
      }
      try {
        if (!batch.entries().isEmpty()) {
          keyLog.append(batch.entries());
          batch.publish();
        }
      } catch (IOException e) {
        DirectoryException failure = new DirectoryException(Fault.STORE, "could not write " + keysFile(file) + ": " + e.getMessage(), e);
        requests.forEach(request -> request.owner().completeExceptionally(failure));
      }
    }
    answers.forEach(Runnable::run);
  }

  /// Replaces a file in one step, readable to its owner only, so that it outlives the machine's power.
  static void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    forceFolder(file);
  }

  /// Makes a new or renamed file outlive the machine's power.
  static void forceFolder(Path file) throws IOException {
    try (FileChannel folder = FileChannel.open(folderOf(file), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  @Override
  public Watch watch(Consumer<ShardMap> listener) {
    synchronized (lock) {
      return listeners.add(listener, current);
    }
  }

  @Override
  public Presence register(ProxyPresence proxy) {
    proxies.put(proxy.id(), proxy);
    return new Presence() {
      @Override
      public void acknowledge(MapVersion version) {
        proxies.computeIfPresent(proxy.id(), (_, known) -> known.acknowledging(version));
      }

      @Override
      public void close() {
        proxies.remove(proxy.id());
      }
    };
  }

  @Override
  public List<ProxyPresence> proxies() {
    return List.copyOf(proxies.values());
  }

  @Override
  public RoleBook roles() {
    return roles;
  }

  @Override
  public Optional<String> fault() {
    return Optional.empty();
  }

  @Override
  public void close() {
    keyWriter.close();
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      listeners.clear();
      roles.close();
      try {
        keyLog.close();
        lockChannel.close();
      } catch (IOException e) {
        LOG.warn("could not close the lock file of {}", file, e);
      }
    }
  }
}
