package io.shardgate.proxy.pool;

/// Waits for a server connection. Exactly one of its methods is called, once, on the event loop that asked, perhaps
/// before `acquire` returns; neither is called after [PendingAcquire#cancel] returned true.
public interface Waiter {

  /// The connection is the waiter's until it releases or closes it. Set its listener before writing.
  void onAcquired(ServerConnection connection);

  /// There is none, and why. The exception has what a client should see; it has no stack trace.
  void onRefused(PoolException why);
}
