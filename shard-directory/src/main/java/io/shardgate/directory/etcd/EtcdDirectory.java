package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shard directory in etcd. [EtcdStore#follow] opens it.
/// Thread-safe: `current` is read from a volatile field, what changes it is done under one lock; no call to etcd is made under it.
///
/// With etcd gone all goes on with the current map. A recorded map of a lower version (etcd was restored from a backup) is not taken, nor is
/// another map of the same version, nor one that breaks a rule: [#fault] says so, until a higher version is recorded. Keys of strategy
/// *directory* are neither looked up nor placed meanwhile: that etcd may have forgotten some.
public final class EtcdDirectory implements ShardDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdDirectory.class);

  /// How long the watch may take to bring what this process has written itself, before it is read.
  private static final Duration ECHO_TIMEOUT = Duration.ofMillis(500);

  private final EtcdConnection connection;
  private final Layout layout;
  private final Registrar registrar;
  private final EtcdKeys keys;
  private final Follower follower;
  private final EtcdRoles roles;
  private final Listeners<ShardMap> listeners = new Listeners<>("the shard map");
  private final Object lock = new Object();
  private Recorded recorded;
  private @Nullable String takenVersion;
  private volatile SortedMap<String, Long> takenCreated;
  private boolean closed;
  private volatile ShardMap current;
  private volatile @Nullable String mapFault;
  private volatile @Nullable String keyFault;

  EtcdDirectory(EtcdConnection connection, Layout layout, Recorded read, ShardMap current, int maxKeysPerGroup) throws IOException {
    this.connection = connection;
    this.layout = layout;
    this.recorded = read;
    this.current = current;
    this.takenVersion = read.version();
    this.takenCreated = read.created();
    this.registrar = new Registrar(connection, layout);
    this.keys = new EtcdKeys(connection, layout, this::current, this::created, maxKeysPerGroup);
    this.roles = new EtcdRoles(connection, layout, read.roles());
    this.follower = new Follower(connection, layout, registrar, new Hearing());
    try {
      follower.start(read);
    } catch (IOException e) {
      keys.close();
      follower.close();
      throw e;
    }
  }

  @Override
  public ShardMap current() {
    return current;
  }

  private void take(Recorded heard) {
    synchronized (lock) {
      recorded = heard;
      String fault = judge(heard);
      if (fault != null && !fault.equals(mapFault)) {
        LOG.error("{}; serving goes on with version {}", fault, current.version());
      }
      if (fault == null && mapFault != null) {
        follower.reread(); // for the keys, which were left out
      }
      mapFault = fault;
      lock.notifyAll();
    }
    if (mapFault == null) {
      roles.heard(heard.roles());
    }
  }

  /// Takes the map if it is newer. What is wrong with it else.
  private @Nullable String judge(Recorded heard) {
    try {
      Optional<MapVersion> version = heard.mapVersion();
      if (version.isEmpty()) {
        return connection.place() + " holds no shard map any more";
      }
      int order = version.get().compareTo(current.version());
      if (order < 0) {
        return connection.place() + " holds shard map version " + version.get() + ", older than version " + current.version() + " that this proxy has";
      }
      if (String.valueOf(heard.version()).equals(takenVersion)) {
        return null;
      }
      ShardMap map = heard.map().orElseThrow();
      if (order == 0 && !map.sameContents(current)) {
        return connection.place() + " holds another shard map of version " + version.get() + " than this proxy has";
      }
      takenVersion = heard.version();
      if (order > 0) {
        ShardMap withKeys = withKeys(map, heard.created());
        takenCreated = heard.created();
        publish(withKeys);
      }
      return null;
    } catch (IOException | IllegalArgumentException e) { // the latter where it does not go with keys that are known here
      return connection.place() + " holds no valid shard map: " + e.getMessage();
    }
  }

  /// Tables go on with their group, but not with another one under its name.
  private ShardMap withKeys(ShardMap map, SortedMap<String, Long> created) {
    SortedMap<String, KeySpace> spaces = new TreeMap<>(map.withKeysOf(current).keySpaces());
    spaces.replaceAll((group, space) ->
        space instanceof KeyTable table && !Objects.equals(created.get(group), takenCreated.get(group)) ? new KeyTable(table.type(), map.shards().keySet()) : space);
    return map.withSpaces(spaces);
  }

  private long created(String group) {
    return takenCreated.getOrDefault(group, -1L);
  }

  /// What the follower tells. `keysMayBeLost` belongs to the follower's thread.
  private final class Hearing implements Follower.Taker {
    private boolean keysMayBeLost;

    @Override
    public void take(Recorded recorded) {
      EtcdDirectory.this.take(recorded);
    }

    /// What belongs to a map that is not taken is left out.
    @Override
    public void load(Recorded begun, boolean wentBack) throws IOException {
      keysMayBeLost |= wentBack;
      if (mapFault == null) {
        keyFault = keys.load(begun.revision(), keysMayBeLost).or(() -> Optional.ofNullable(keyFault)).orElse(null);
        keysMayBeLost = false;
      }
    }

    @Override
    public void placed(ByteSequence key, ByteSequence owner) {
      if (mapFault == null) {
        keys.heard(key, owner);
      }
    }
  }

  private void publish(ShardMap map) {
    current = map;
    listeners.tell(map);
  }

  @Override
  public boolean compareAndSet(MapVersion expected, ShardMap next) {
    if (!next.version().equals(expected.next())) {
      throw new IllegalArgumentException("version: " + next.version() + " (expected: " + expected.next() + ")");
    }
    Recorded base;
    ShardMap before;
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("the directory in " + connection.place() + " is closed");
      }
      if (!current.version().equals(expected)) {
        return false;
      }
      if (mapFault != null) {
        throw refused(mapFault);
      }
      base = recorded;
      before = current;
    }
    try {
      Optional<String> inTheWay = new MapChange(connection, layout, base, before, next).commit();
      if (inTheWay.isPresent()) {
        if (!inTheWay.get().equals(base.version())) {
          lost(expected, inTheWay.get());
        }
        return false;
      }
    } catch (IOException e) {
      follower.reread();
      throw new UncheckedIOException(e.getMessage(), e);
    }
    if (!await(next.version(), ECHO_TIMEOUT)) {
      follower.reread();
      await(next.version(), EtcdConnection.CALL_TIMEOUT);
    }
    return true;
  }

  private void lost(MapVersion expected, String inTheWay) throws IOException {
    MapVersion found = inTheWay.isEmpty() ? null : VersionKey.parse(inTheWay).version();
    if (found == null || found.compareTo(expected) <= 0) {
      follower.reread();
      throw refused(connection.place() + " holds " + (found == null ? "no shard map" : "another shard map of version " + found));
    }
    if (!await(found, ECHO_TIMEOUT)) {
      follower.reread();
      await(found, EtcdConnection.CALL_TIMEOUT);
    }
  }

  private static UncheckedIOException refused(String reason) {
    String message = "the shard map was not changed: " + reason;
    return new UncheckedIOException(message, new IOException(message));
  }

  /// Whether a map of that version, or a later one, comes in time.
  private boolean await(MapVersion version, Duration timeout) {
    long until = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      while (current.version().compareTo(version) < 0) {
        long millis = (until - System.nanoTime()) / 1_000_000;
        if (millis <= 0 || closed) {
          return false;
        }
        try {
          lock.wait(millis);
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return true;
    }
  }

  @Override
  public Watch watch(Consumer<ShardMap> listener) {
    synchronized (lock) {
      return listeners.add(listener, current);
    }
  }

  @Override
  public CompletableFuture<Optional<ShardId>> find(Group group, KeyValue key) {
    String fault = mapFault;
    return fault == null ? keys.find(group, key) : CompletableFuture.failedFuture(new DirectoryException(Fault.STORE, fault));
  }

  @Override
  public CompletableFuture<ShardId> place(Group group, KeyValue key, Set<ShardId> candidates) {
    String fault = mapFault;
    return fault == null ? keys.place(group, key, candidates) : CompletableFuture.failedFuture(new DirectoryException(Fault.STORE, fault));
  }

  @Override
  public Presence register(ProxyPresence proxy) {
    registrar.add(proxy);
    follower.wake();
    return new Presence() {
      @Override
      public void acknowledge(MapVersion version) {
        registrar.acknowledge(proxy.id(), version);
        follower.wake();
      }

      @Override
      public void close() {
        registrar.remove(proxy.id());
        follower.wake();
      }
    };
  }

  @Override
  public List<ProxyPresence> proxies() {
    SortedMap<String, ProxyPresence> proxies;
    synchronized (lock) {
      proxies = new TreeMap<>(recorded.proxies());
    }
    registrar.wanted().forEach(proxy -> proxies.put(proxy.id(), proxy));
    return List.copyOf(proxies.values());
  }

  @Override
  public RoleBook roles() {
    return roles;
  }

  @Override
  public Optional<String> fault() {
    return Optional.ofNullable(mapFault).or(follower::fault).or(() -> Optional.ofNullable(keyFault));
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      listeners.clear();
      roles.close();
      lock.notifyAll();
    }
    keys.close();
    follower.close();
    registrar.end();
    connection.close();
  }
}
