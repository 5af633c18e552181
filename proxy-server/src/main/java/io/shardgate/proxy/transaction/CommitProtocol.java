package io.shardgate.proxy.transaction;

import io.shardgate.pgwire.message.ErrorFields;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Ends a transaction that wrote on several shards: on all of them or on none (invariant 8).
public interface CommitProtocol {
  /// A shard that has not carried the end out yet.
  ///
  /// @param answered completes when the participant's connection has nothing more to say about it, or is gone
  /// @param settled completes, on the participants' event loop and never exceptionally, when the shard has carried it out
  record Unfinished(Participant participant, CompletableFuture<?> answered, CompletableFuture<?> settled) {}

  /// How it ended.
  ///
  /// @param committed whether every participant did or will commit
  /// @param error what the client is told instead of COMMIT
  /// @param warning what the client is told besides
  /// @param unfinished where statements of this session have to wait
  record Verdict(boolean committed, @Nullable ErrorFields error, @Nullable ErrorFields warning, List<Unfinished> unfinished) {
    public Verdict {
      unfinished = List.copyOf(unfinished);
    }
  }

  /// Commits. Completes on the participants' event loop, never exceptionally; each participant whose connection still lives, but for
  /// the unfinished ones, is then outside of any transaction.
  ///
  /// @param written participants that wrote, two or more, in the order they joined
  /// @param read participants that were proven to read only
  CompletableFuture<Verdict> commit(List<Participant> written, List<Participant> read);
}
