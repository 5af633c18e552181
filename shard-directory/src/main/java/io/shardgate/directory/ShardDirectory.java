package io.shardgate.directory;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// Where the shard map, the keys of strategy *directory* and what is known of roles are recorded: the door to the stores. Implementations are thread-safe.
public interface ShardDirectory extends Closeable {
  /// Keys that one group of strategy *directory* may have: each proxy keeps a copy of them in its memory.
  int MAX_KEYS_PER_GROUP = 1_000_000;

  /// The longest text or numeric that can be placed; others are shorter anyway.
  int MAX_KEY_BYTES = 1_000;

  /// The latest map this process knows. Never blocks, never absent. No map is ever followed by one of a lower version, whatever the store says.
  ShardMap current();

  /// Records `next` if the recorded map still has version `expected`, and says whether it did. `next` must be of version
  /// `expected.next()`. After it, [#current] is `next` or a later map; when it did not, the map that was in the way, as far as the store
  /// tells in time. What `next` says of the keys of groups of strategy *directory* does not count: they stay as they are recorded; false
  /// also when `next` is without a shard that owns such a key. May block on I/O: never call it on an event loop.
  ///
  /// Throws [java.io.UncheckedIOException] when the store does not take it. If the store did not answer, `next` may be recorded all the same;
  /// then it becomes [#current] when the store is back, and trying again is safe.
  boolean compareAndSet(MapVersion expected, ShardMap next);

  /// Calls the listener with the current map at once, then with each later one, in order of version; never two calls at a
  /// time. Versions that this process slept through while it was cut off from the store are left out. The listener must not block. Closing
  /// ends the calls.
  Watch watch(Consumer<ShardMap> listener);

  /// Who owns a key of a group of strategy *directory*, as it is recorded now; empty when nobody has placed it. An owner is in the
  /// [KeyTable] of the current map before the future completes. Never blocks; the future completes on any thread, and fails with
  /// [DirectoryException] when the record can't be read.
  CompletableFuture<Optional<ShardId>> find(Group group, KeyValue key);

  /// Records an owner for a key of a group of strategy *directory*, unless it has one, and gives the one in force: the same to all who ask,
  /// whoever was first, from when the first of them is answered on, whatever dies. It is chosen among `candidates` by the group's policy,
  /// and is in the [KeyTable] of the current map before the future completes. Never blocks; the future completes on any thread, and fails
  /// with [DirectoryException]: the key may then have got an owner all the same.
  ///
  /// @param candidates shards of the current map, at least one
  CompletableFuture<ShardId> place(Group group, KeyValue key, Set<ShardId> candidates);

  /// Makes a proxy known to the others, with the version that it says it has acknowledged. Does not wait for the store. Closing takes the proxy
  /// out; so does its death, after some seconds.
  Presence register(ProxyPresence proxy);

  /// The proxies that are known, this one among them, by their ids. Never blocks.
  List<ProxyPresence> proxies();

  /// What is recorded of roles.
  RoleBook roles();

  /// What keeps this process from following the recorded map, in words for an operator; empty while all is well. It goes on with [#current].
  /// Never blocks.
  Optional<String> fault();

  /// A proxy that is known to the others.
  interface Presence extends Watch {
    /// Tells the others that nothing runs on the proxy any more that was planned under an earlier version. A lower version than one before says
    /// nothing new. Does not wait for the store.
    void acknowledge(MapVersion version);
  }

  /// What ends when it is closed.
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  void close();
}
