package io.shardgate.proxy.listen;

import io.shardgate.directory.ShardId;
import java.util.concurrent.CompletableFuture;

/// A session that listens. Its methods are called on any thread and must not block.
public interface Hearer {
  /// Something was notified on another shard than the home one.
  ///
  /// @param process the server process that notified, which is none of the proxy's clients' numbers
  void heard(String channel, int process, String payload);

  /// Completes when it has taken what it was told until now. Nothing more is read from the shard until then.
  CompletableFuture<Void> caughtUp();

  /// From now on what is notified on that shard may be missed.
  void deafened(ShardId shard, Throwable cause);
}
