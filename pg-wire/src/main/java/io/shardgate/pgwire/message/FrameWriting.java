package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The parts that all messages are written from.
final class FrameWriting {
  private FrameWriting() {}

  /// Writes type and room for the length; the index returned is [#end]'s.
  static int begin(ByteBuf out, char type) {
    out.writeByte(type);
    int start = out.writerIndex();
    out.writeInt(0);
    return start;
  }

  /// Fills in the length of the message begun at `start`.
  static void end(ByteBuf out, int start) {
    out.setInt(start, out.writerIndex() - start);
  }

  static void empty(ByteBuf out, char type) {
    out.writeByte(type).writeInt(Integer.BYTES);
  }

  static void string(ByteBuf out, String text, Charset charset) {
    int start = out.writerIndex();
    if (charset.equals(StandardCharsets.UTF_8)) {
      ByteBufUtil.writeUtf8(out, text);
    } else {
      out.writeBytes(text.getBytes(charset));
    }
    endString(out, start);
  }

  static void string(ByteBuf out, byte[] text) {
    int start = out.writerIndex();
    out.writeBytes(text);
    endString(out, start);
  }

  static void value(ByteBuf out, byte @Nullable [] value) {
    if (value == null) {
      out.writeInt(-1);
    } else {
      out.writeInt(value.length).writeBytes(value);
    }
  }

  /// A count and as many int16.
  static void int16s(ByteBuf out, int[] values) {
    count(out, values.length);
    for (int value : values) {
      out.writeShort(value);
    }
  }

  /// A count and as many int32.
  static void int32s(ByteBuf out, int[] values) {
    count(out, values.length);
    for (int value : values) {
      out.writeInt(value);
    }
  }

  static void count(ByteBuf out, int count) {
    if (count > 0xffff) {
      throw new IllegalArgumentException("count: " + count + " (expected: at most 65535)");
    }
    out.writeShort(count);
  }

  private static void endString(ByteBuf out, int start) {
    if (out.indexOf(start, out.writerIndex(), (byte) 0) >= 0) {
      throw new IllegalArgumentException("text with a zero byte (expected: none, it ends a string)");
    }
    out.writeByte(0);
  }
}
