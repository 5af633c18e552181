package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ConnectionLostException;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One shard's answer to one statement of a plan: notices go to the client, rows to whoever takes them, the command tag is the result.
/// Confined to its conversation's event loop.
///
/// Covers everything up to one ReadyForQuery, be it of a Query or of messages that end with Sync.
public class ShardCall extends Reply {
  private static final int HEADER_BYTES = 5;

  private final ExecutionPort port;
  private final CompletableFuture<String> tag = new CompletableFuture<>();
  private String lastTag = "";
  private @Nullable ErrorFields error;

  protected ShardCall(ExecutionPort port) {
    super(Until.READY);
    this.port = port;
  }

  /// The command tag, or a [ServerErrorException] with the shard's error.
  public final CompletableFuture<String> tag() {
    return tag;
  }

  protected final ExecutionPort port() {
    return port;
  }

  /// A RowDescription came. Borrowed.
  protected void described(Conversation conversation, ByteBuf frame) {}

  /// The shard waits for COPY data, or is about to send some.
  protected void copyBegan(Conversation conversation, byte type, ByteBuf frame) {}

  /// What the client is to see instead of the shard's error.
  protected ErrorFields adapted(ErrorFields fields) {
    return fields;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    switch (type) {
      case 'C' ->
          lastTag = frame.toString(frame.readerIndex() + HEADER_BYTES, frame.readableBytes() - HEADER_BYTES - 1, StandardCharsets.UTF_8);
      case 'E' -> error = ErrorFields.read(frame, port.output().charset());
      case 'N' -> notice(frame);
      case 'T' -> described(conversation, frame);
      case 'G', 'H' -> copyBegan(conversation, type, frame);
      default -> {}
    }
  }

  /// A notice came. Borrowed.
  protected void notice(ByteBuf frame) {
    port.relayNotice(frame, 0);
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {}

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    ErrorFields failed = error;
    if (outcome == Outcome.LOST) {
      tag.completeExceptionally(new ConnectionLostException(conversation.shard()));
    } else if (failed != null) {
      tag.completeExceptionally(new ServerErrorException(adapted(failed)));
    } else {
      tag.complete(lastTag);
    }
  }

  /// The number at the end of a tag: `INSERT 0 3`, `COPY 3`.
  protected static long count(String tag) {
    int space = tag.lastIndexOf(' ');
    try {
      return space < 0 ? 0 : Long.parseLong(tag.substring(space + 1));
    } catch (NumberFormatException _) {
      return 0;
    }
  }
}
