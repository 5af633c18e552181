package io.shardgate.proxy.gather;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.transaction.Participant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Has shards join a session's transaction, one after the other. Pure.
final class SessionShards {
  private SessionShards() {}

  /// Their participants, in that order. Fails where the transaction's isolation level forbids more than one.
  static CompletableFuture<Map<ShardId, Participant>> join(List<ShardId> shards, ExecutionPort port) {
    return join(shards, 0, new LinkedHashMap<>(), port);
  }

  private static CompletableFuture<Map<ShardId, Participant>> join(List<ShardId> shards, int index, Map<ShardId, Participant> joined, ExecutionPort port) {
    if (index == shards.size()) {
      return CompletableFuture.completedFuture(joined);
    }
    return port.join(shards.get(index))
        .thenCompose(
            participant -> {
              joined.put(participant.shard(), participant);
              return index == 0 && shards.size() > 1 ? port.mayCross(participant) : CompletableFuture.completedFuture(null);
            })
        .thenCompose(_ -> join(shards, index + 1, joined, port));
  }
}
