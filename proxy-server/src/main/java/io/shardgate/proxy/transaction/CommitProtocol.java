package io.shardgate.proxy.transaction;

import io.shardgate.pgwire.message.ErrorFields;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Ends a transaction that wrote on several shards: on all of them or on none (invariant 8).
public interface CommitProtocol {
  /// How it ended.
  ///
  /// @param committed whether every participant did or will commit
  /// @param error what the client is told instead of COMMIT
  /// @param warning what the client is told besides
  record Verdict(boolean committed, @Nullable ErrorFields error, @Nullable ErrorFields warning) {}

  /// Commits. Completes on the participants' event loop, never exceptionally; each participant whose connection still lives is then
  /// outside of any transaction.
  ///
  /// @param written participants that wrote, two or more, in the order they joined
  /// @param read participants that were proven to read only
  CompletableFuture<Verdict> commit(List<Participant> written, List<Participant> read);
}
