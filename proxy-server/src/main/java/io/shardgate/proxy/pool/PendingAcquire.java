package io.shardgate.proxy.pool;

/// An acquire under way. Confined to the event loop that asked.
public interface PendingAcquire {

  /// An acquire that was answered before `acquire` returned.
  PendingAcquire ANSWERED = () -> false;

  /// Gives up the wait.
  ///
  /// @return true when the waiter will hear nothing; false when it was answered already
  boolean cancel();
}
