package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// What two RowDescriptions have in common.
///
///     'T' int32 length | int16 n | n × ( name \0 | int32 table | int16 column | int32 type | int16 size | int32 modifier | int16 format )
final class ResultShape {
  private static final int COUNT_AT = 5;
  private static final int FIXED_BYTES = 18;
  private static final int TYPE_AT = 6;
  private static final int MODIFIER_AT = 12;

  private ResultShape() {}

  /// Whether columns have the same names, types and modifiers.
  static boolean areSame(byte[] one, byte[] other) {
    ByteBuf left = Unpooled.wrappedBuffer(one);
    ByteBuf right = Unpooled.wrappedBuffer(other);
    int count = left.getUnsignedShort(COUNT_AT);
    if (count != right.getUnsignedShort(COUNT_AT)) {
      return false;
    }
    int at = COUNT_AT + 2;
    int otherAt = at;
    for (int i = 0; i < count; i++) {
      int end = left.indexOf(at, one.length, (byte) 0);
      int otherEnd = right.indexOf(otherAt, other.length, (byte) 0);
      if (!left.slice(at, end - at).equals(right.slice(otherAt, otherEnd - otherAt))) {
        return false;
      }
      at = end + 1 + FIXED_BYTES;
      otherAt = otherEnd + 1 + FIXED_BYTES;
    }
    return areAlike(one, other);
  }

  /// Whether columns have the same types and modifiers. Their names are the user's text's anyway.
  static boolean areAlike(byte[] one, byte[] other) {
    ByteBuf left = Unpooled.wrappedBuffer(one);
    ByteBuf right = Unpooled.wrappedBuffer(other);
    int count = left.getUnsignedShort(COUNT_AT);
    if (count != right.getUnsignedShort(COUNT_AT)) {
      return false;
    }
    int at = COUNT_AT + 2;
    int otherAt = at;
    for (int i = 0; i < count; i++) {
      at = left.indexOf(at, one.length, (byte) 0) + 1;
      otherAt = right.indexOf(otherAt, other.length, (byte) 0) + 1;
      boolean typed =
          left.getInt(at + TYPE_AT) == right.getInt(otherAt + TYPE_AT) && left.getInt(at + MODIFIER_AT) == right.getInt(otherAt + MODIFIER_AT);
      if (!typed) {
        return false;
      }
      at += FIXED_BYTES;
      otherAt += FIXED_BYTES;
    }
    return true;
  }
}
