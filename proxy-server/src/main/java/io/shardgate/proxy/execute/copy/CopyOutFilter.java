package io.shardgate.proxy.execute.copy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/// Leaves out of one shard's COPY stream what the client gets from the first, or the last one. Not thread-safe; owned by one COPY.
///
///     text, csv   first message: the line of names, if asked for
///     binary      first message: file header, and the first tuple behind it, or the trailer; last message: the trailer
public final class CopyOutFilter {
  private static final int MESSAGE_HEADER_BYTES = 5;
  private static final int TRAILER_BYTES = 2;

  private final boolean binary;
  private final boolean dropHeader;
  private final boolean keepTrailer;
  private boolean begun;

  /// @param names whether the stream begins with a line of names
  public CopyOutFilter(boolean binary, boolean names, boolean first, boolean last) {
    this.binary = binary;
    this.dropHeader = !first && (binary || names);
    this.keepTrailer = last;
  }

  /// Passes on what is left of one CopyData message. Borrowed.
  public void pass(ByteBuf message, Consumer<ByteBuf> kept) {
    boolean firstMessage = !begun;
    begun = true;
    if (!binary) {
      if (!firstMessage || !dropHeader) {
        kept.accept(message);
      }
      return;
    }
    int payload = message.readerIndex() + MESSAGE_HEADER_BYTES;
    int headerEnd = firstMessage ? payload + headerBytes(message, payload) : payload;
    int from = dropHeader ? headerEnd : payload;
    boolean trailer = message.writerIndex() - headerEnd == TRAILER_BYTES && message.getShort(headerEnd) == -1;
    int end = trailer && !keepTrailer ? headerEnd : message.writerIndex();
    if (from == payload && end == message.writerIndex()) {
      kept.accept(message);
    } else if (from < end) {
      ByteBuf part = Unpooled.buffer(MESSAGE_HEADER_BYTES + end - from);
      part.writeByte('d').writeInt(4 + end - from).writeBytes(message, from, end - from);
      kept.accept(part);
    }
  }

  private static int headerBytes(ByteBuf message, int payload) {
    return BinaryCutter.SIGNATURE.length + 8 + message.getInt(payload + BinaryCutter.SIGNATURE.length + 4);
  }
}
