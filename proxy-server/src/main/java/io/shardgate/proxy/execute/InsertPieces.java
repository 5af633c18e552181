package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The INSERTs that one INSERT was cut into, sent shard after shard in the one order in which all transactions visit them.
/// Confined to its channel's event loop.
final class InsertPieces {
  private final Execution execution;
  private final ExecutionPort port;
  private final boolean everywhere;
  private final boolean returning;
  private final InsertedRows rows;
  private long inserted;

  /// @param everywhere whether every shard gets the same rows: only the first one's count and are returned
  InsertPieces(Execution execution, ExecutionPort port, boolean everywhere, boolean returning) {
    this.execution = execution;
    this.port = port;
    this.everywhere = everywhere;
    this.returning = returning;
    this.rows = new InsertedRows(port, execution.simple());
  }

  /// Sends them; the result is the command tag, told after the rows.
  CompletableFuture<String> run(Split split) {
    return switch (split) {
      case Split.Unplaced(var keys) -> throw new IllegalStateException("keys without owners: " + keys.size());
      case Split.Refused(var refuse) -> CompletableFuture.failedFuture(ServerErrorException.of(refuse));
      case Split.Pieces(List<Split.Piece> pieces) -> piece(pieces, 0);
    };
  }

  private CompletableFuture<String> piece(List<Split.Piece> pieces, int index) {
    if (index == pieces.size()) {
      rows.tell();
      return CompletableFuture.completedFuture("INSERT 0 " + inserted);
    }
    ShardId shard = pieces.get(index).shard();
    int end = index + 1;
    while (end < pieces.size() && pieces.get(end).shard().equals(shard)) {
      end++;
    }
    List<Split.Piece> together = pieces.subList(index, end);
    boolean counts = index == 0 || !everywhere;
    boolean ordered = returning && !everywhere && pieces.size() > 1;
    int next = end;
    return port.join(shard)
        .thenCompose(participant -> insert(participant, together, counts, ordered))
        .thenCompose(
            count -> {
              inserted += counts ? count : 0;
              return piece(pieces, next);
            });
  }

  /// One shard's statements, without waiting between them; the first error counts.
  private CompletableFuture<Long> insert(Participant participant, List<Split.Piece> pieces, boolean counts, boolean ordered) {
    Conversation conversation = participant.conversation();
    conversation.wrote(true);
    List<CompletableFuture<String>> tags = new ArrayList<>();
    for (Split.Piece piece : pieces) {
      InsertCall call = new InsertCall(piece, counts ? rows.part(piece.rows()) : null, ordered);
      if (execution.simple()) {
        conversation.query(piece.text(), call);
      } else {
        PieceMessages.write(conversation, piece, execution, port, returning);
        conversation.announce(call);
      }
      tags.add(call.tag());
    }
    conversation.flush();
    CompletableFuture<Long> count = CompletableFuture.completedFuture(0L);
    for (CompletableFuture<String> tag : tags) {
      count = count.thenCombine(tag, (before, told) -> before + ShardCall.count(told));
    }
    return count;
  }

  /// One shard's answer. Confined to its conversation's event loop.
  private final class InsertCall extends ShardCall {
    private final Split.Piece piece;
    private final InsertedRows.@Nullable Part part;
    private final boolean ordered;

    /// @param ordered whether the rows that come back have to be put among those of other statements
    InsertCall(Split.Piece piece, InsertedRows.@Nullable Part part, boolean ordered) {
      super(InsertPieces.this.port);
      this.piece = piece;
      this.part = part;
      this.ordered = ordered;
    }

    @Override
    protected void described(Conversation conversation, ByteBuf frame) {
      if (part != null) {
        part.described(conversation, frame);
      }
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      if (part != null) {
        part.run(run);
      }
    }

    @Override
    protected ErrorFields adapted(ErrorFields fields) {
      return PieceError.inUsersText(fields, piece, execution);
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      try {
        if (part != null) {
          part.ended(ordered);
        }
        super.ended(conversation, outcome);
      } catch (ServerErrorException tooMuch) {
        tag().completeExceptionally(tooMuch);
      }
    }
  }
}
