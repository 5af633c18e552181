package io.shardgate.proxy.transaction;

import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.Conversation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A session's transaction while it is open on several shards, as [Deadlocks] sees it: who it is on each shard, and what waits.
/// Thread-safe: immutable; the transaction itself is looked at on its event loop.
final class CrossShardTransaction {

  /// The session's server process on one shard.
  ///
  /// @param statement tells the statement that runs from the next one; 0 when none runs
  record Member(ShardId shard, int processId, long statement) {
    boolean isRunning() {
      return statement != 0;
    }
  }

  private final long number;
  private final EventLoop loop;
  private final TransactionBlock block;

  /// @param number greater the later a transaction came to its second shard
  CrossShardTransaction(long number, EventLoop loop, TransactionBlock block) {
    this.number = number;
    this.loop = loop;
    this.block = block;
  }

  long number() {
    return number;
  }

  /// Its members now. A transaction that is ending has none: its end waits for no row, and must not be disturbed.
  CompletableFuture<List<Member>> members() {
    return CompletableFuture.supplyAsync(
        () -> {
          List<Member> members = new ArrayList<>();
          if ((block.isOpen() || block.isApart()) && block.ending() == null) {
            for (Participant participant : block.participants()) {
              Conversation conversation = participant.conversation();
              members.add(new Member(participant.shard(), conversation.server().backendPid(), conversation.runningSinceNanos()));
            }
          }
          return members;
        },
        loop);
  }

  /// Ends with 40001 what runs, if it is what was seen.
  ///
  /// @return whether it still ran
  CompletableFuture<Boolean> breakOff(ShardId shard, long statement, ServerPools pools) {
    return CompletableFuture.supplyAsync(
        () -> {
          Participant participant = block.participant(shard);
          if (participant == null || block.ending() != null || participant.conversation().runningSinceNanos() != statement) {
            return false;
          }
          participant.conversation().tellInsteadOfCancel(
              ErrorFields.error(SqlState.SERIALIZATION_FAILURE, "deadlock detected between transactions on several shards")
                  .withDetail("The transaction waits on shard \"" + shard + "\" for others that wait for it on another shard.")
                  .withHint("The transaction might succeed if retried."));
          pools.cancel(participant.conversation().server());
          return true;
        },
        loop);
  }
}
