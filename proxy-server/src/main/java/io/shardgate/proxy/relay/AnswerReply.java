package io.shardgate.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Collects the answer to a question of the proxy's own, which is small by nature: [#LIMIT_BYTES] is a bug's limit, not a user's.
/// Confined to its conversation's event loop.
final class AnswerReply extends Reply {
  /// The catalog of a large database is the greatest answer there is.
  private static final int LIMIT_BYTES = 256 << 20;

  private final CompletableFuture<Answer> answer = new CompletableFuture<>();
  private final List<List<@Nullable String>> rows = new ArrayList<>();
  private final List<String> tags = new ArrayList<>();
  private final RunCutter cutter = new RunCutter(LIMIT_BYTES);
  private final @Nullable ConversationOwner hearing;
  private final Charset charset;
  private @Nullable ErrorFields error;

  /// @param hearing who gets notices and changed settings; null when nobody does
  /// @param charset of an error's text
  AnswerReply(@Nullable ConversationOwner hearing, Charset charset) {
    super(Until.READY);
    this.hearing = hearing;
    this.charset = charset;
  }

  CompletableFuture<Answer> answer() {
    return answer;
  }

  @Override
  protected boolean isSilent() {
    return hearing == null;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    switch (type) {
      case 'C' -> tags.add(frame.toString(frame.readerIndex() + 5, frame.readableBytes() - 6, StandardCharsets.UTF_8));
      case 'E' -> error = ErrorFields.read(frame, charset);
      case 'N' -> {
        if (hearing != null && !isOfNoTransaction(frame)) {
          hearing.notice(frame);
        }
      }
      default -> {}
    }
  }

  /// The BEGIN that the proxy sent may have been hit by the cancel that another shard's failure brought: that no transaction is there is not the client's doing.
  private boolean isOfNoTransaction(ByteBuf frame) {
    return ErrorFields.read(frame.duplicate(), charset).code().equals(SqlState.NO_ACTIVE_SQL_TRANSACTION.code());
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {
    cutter.cut(run, (type, frame) -> {
      if (type == 'D') {
        rows.add(row(frame));
      }
    });
  }

  private static List<@Nullable String> row(ByteBuf frame) {
    frame.skipBytes(5);
    int columns = frame.readUnsignedShort();
    List<@Nullable String> row = new ArrayList<>(columns);
    for (int i = 0; i < columns; i++) {
      int length = frame.readInt();
      row.add(length < 0 ? null : frame.readCharSequence(length, StandardCharsets.UTF_8).toString());
    }
    return row;
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    cutter.release();
    if (outcome == Outcome.LOST) {
      answer.completeExceptionally(
          new ServerErrorException(
              SqlState.CONNECTION_FAILURE, "shard " + conversation.shard() + ": the server closed the connection unexpectedly"));
    } else {
      answer.complete(new Answer(List.copyOf(rows), List.copyOf(tags), error));
    }
  }
}
