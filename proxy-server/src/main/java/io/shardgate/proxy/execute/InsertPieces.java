package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
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
        extended(conversation, piece);
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

  /// Parse, Bind, Describe, Execute, Sync of the unnamed statement.
  private void extended(Conversation conversation, Split.Piece piece) {
    Bindings bindings = execution.bindings();
    OidTranslation fromHome = port.oids().fromHome(conversation.shard());
    int[] numbers = piece.parameters();
    int[] homeTypes = new int[numbers.length];
    int[] types = new int[numbers.length];
    int[] formats = new int[numbers.length];
    List<byte @Nullable []> values = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      int old = numbers[i] - 1;
      homeTypes[i] = bindings.typeOid(old);
      types[i] = homeTypes[i] == 0 ? 0 : fromHome.type(homeTypes[i]);
      formats[i] = bindings.binary(old) ? 1 : 0;
      values.add(bindings.value(old));
    }
    ByteBuf out = conversation.stage();
    conversation.state().unnamed().taken();
    FrontendWriter.parse(out, "", piece.text(), types);
    int at = out.writerIndex();
    FrontendWriter.bind(out, "", "", formats, values, resultFormats());
    if (!fromHome.isIdentity() && numbers.length > 0) {
      fromHome.bind(out.slice(at, out.writerIndex() - at), homeTypes);
    }
    if (returning) {
      FrontendWriter.describePortal(out, "");
    }
    FrontendWriter.execute(out, "", 0);
    FrontendWriter.sync(out);
  }

  private int[] resultFormats() {
    int[] formats = new int[execution.resultFormats().length];
    for (int i = 0; i < formats.length; i++) {
      formats[i] = execution.resultFormats()[i];
    }
    return formats;
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
