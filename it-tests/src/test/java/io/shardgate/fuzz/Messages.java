package io.shardgate.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/// Messages in a form that mutates well: a type, the length of a body in one byte, the body. What has a type of 128 or more goes out with all that follows
/// as it is, so that lengths lie too.
final class Messages {
  private static final int AS_IT_IS = 0x80;
  private static final int LONGEST_BODY_BYTES = 255;

  private Messages() {}

  /// A stream of messages.
  ///
  /// @param whole whether each has the length that it says
  record Stream(byte[] bytes, boolean whole) {}

  static Stream of(byte[] input, int from) {
    ByteBuf out = Unpooled.buffer();
    int at = from;
    while (at + 1 < input.length) {
      int type = input[at] & 0xff;
      if (type >= AS_IT_IS) {
        out.writeByte(type & ~AS_IT_IS).writeBytes(input, at + 1, input.length - at - 1);
        return new Stream(ByteBufUtil.getBytes(out), false);
      }
      int length = Math.min(input[at + 1] & 0xff, input.length - at - 2);
      out.writeByte(type).writeInt(Integer.BYTES + length).writeBytes(input, at + 2, length);
      at += 2 + length;
    }
    return new Stream(ByteBufUtil.getBytes(out), true);
  }

  /// The form of what a writer writes, behind these bytes.
  static byte[] seed(byte[] before, Consumer<ByteBuf> writer) {
    ByteBuf messages = Unpooled.buffer();
    writer.accept(messages);
    ByteBuf out = Unpooled.buffer().writeBytes(before);
    while (messages.isReadable()) {
      byte type = messages.readByte();
      int length = messages.readInt() - Integer.BYTES;
      if (length > LONGEST_BODY_BYTES) {
        throw new IllegalArgumentException("body: " + length + " bytes (expected: at most " + LONGEST_BODY_BYTES + ")");
      }
      out.writeByte(type).writeByte(length).writeBytes(messages, length);
    }
    return ByteBufUtil.getBytes(out);
  }
}
