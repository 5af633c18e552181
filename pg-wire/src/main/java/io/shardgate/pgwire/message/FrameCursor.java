package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/// Reads the body of one frame, checking every step; moves the frame's reader index.
/// Not thread-safe; owned by the reader of one message.
final class FrameCursor {
  private final ByteBuf frame;
  private final Charset charset;

  /// Stands behind the header of `frame`, whose length must be what the header says.
  FrameCursor(ByteBuf frame, Charset charset) {
    this.frame = frame;
    this.charset = charset;
    if (frame.readableBytes() < 1 + Integer.BYTES) {
      throw new MalformedMessageException("insufficient data left in message");
    }
    frame.skipBytes(1);
    if (frame.readInt() != frame.readableBytes() + Integer.BYTES) {
      throw new MalformedMessageException("invalid message length");
    }
  }

  int remaining() {
    return frame.readableBytes();
  }

  byte readByte() {
    return need(1).readByte();
  }

  int readInt16() {
    return need(2).readShort();
  }

  /// A count or an OID column number that PostgreSQL sends unsigned.
  int readUnsignedInt16() {
    return need(2).readUnsignedShort();
  }

  int readInt32() {
    return need(4).readInt();
  }

  byte[] readBytes(int length) {
    need(length);
    byte[] bytes = new byte[length];
    frame.readBytes(bytes);
    return bytes;
  }

  byte[] readRemaining() {
    return readBytes(frame.readableBytes());
  }

  /// A value with its length before it; null where the length is -1.
  byte @Nullable [] readValue() {
    int length = readInt32();
    return length == -1 ? null : readBytes(length);
  }

  String readString() {
    int length = stringLength();
    String text = frame.toString(frame.readerIndex(), length, charset);
    frame.skipBytes(length + 1);
    return text;
  }

  /// A string as bytes, without the zero byte that ends it.
  byte[] readStringBytes() {
    byte[] text = readBytes(stringLength());
    frame.skipBytes(1);
    return text;
  }

  int[] readUnsignedInt16s(int count) {
    need(2L * count);
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = frame.readUnsignedShort();
    }
    return values;
  }

  int[] readInt32s(int count) {
    need(4L * count);
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = frame.readInt();
    }
    return values;
  }

  /// The message is over: throws when bytes are left.
  void end() {
    if (frame.isReadable()) {
      throw new MalformedMessageException("invalid message format");
    }
  }

  private int stringLength() {
    int length = frame.bytesBefore((byte) 0);
    if (length < 0) {
      throw new MalformedMessageException("invalid string in message");
    }
    return length;
  }

  private ByteBuf need(long bytes) {
    if (bytes < 0 || bytes > frame.readableBytes()) {
      throw new MalformedMessageException("insufficient data left in message");
    }
    return frame;
  }
}
