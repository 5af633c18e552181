package io.shardgate.proxy.pool;

import org.jspecify.annotations.Nullable;

/// What the session layer remembers of a server connection, beyond the client that made it so.
/// Confined to its connection's event loop.
public interface ConnectionMemory {
  /// DISCARD ALL was answered.
  void becameFresh();

  /// What the server has to be told before the connection may rest in the pool, as SQL; null when nothing.
  @Nullable String beforeRest();

  /// That was answered.
  void readyToRest();
}
