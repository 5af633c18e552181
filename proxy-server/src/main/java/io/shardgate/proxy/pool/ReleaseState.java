package io.shardgate.proxy.pool;

/// What the holder knows about a connection that it gives back. The pool checks what it can (invariant 5): a connection with a
/// transaction open or replies due is never taken as [#CLEAN], whatever the holder says.
public enum ReleaseState {

  /// Between transactions, all replies read, no state of the client left but what [ServerConnection#settings] records.
  CLEAN,

  /// As CLEAN, but something may have left state behind: `DISCARD ALL` before anyone else gets it.
  TAINTED,

  /// The client is gone or gave up, in whatever state: what runs is cancelled, what is open rolled back, at once.
  ABANDONED,

  /// Not to be used any more: closed.
  BROKEN
}
