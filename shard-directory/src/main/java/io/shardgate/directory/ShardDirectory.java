package io.shardgate.directory;

import java.io.Closeable;
import java.util.function.Consumer;

/// Where the shard map is recorded: the door to the stores. Implementations are thread-safe.
public interface ShardDirectory extends Closeable {
  /// The latest map this process knows. Never blocks, never absent.
  ShardMap current();

  /// Records `next` if the recorded map still has version `expected`, and says whether it did. `next` must be of version
  /// `expected.next()`. May block on I/O: never call it on an event loop.
  boolean compareAndSet(MapVersion expected, ShardMap next);

  /// Calls the listener with the current map at once, then with each later one, in order of version; never two calls at a
  /// time. The listener must not block. Closing ends the calls.
  Watch watch(Consumer<ShardMap> listener);

  /// A listener's registration.
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  void close();
}
