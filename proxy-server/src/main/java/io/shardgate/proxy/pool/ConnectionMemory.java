package io.shardgate.proxy.pool;

/// What the session layer remembers of a server connection, beyond the client that made it so.
/// Confined to its connection's event loop.
public interface ConnectionMemory {
  /// DISCARD ALL was answered.
  void becameFresh();
}
