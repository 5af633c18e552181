package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// The values of one column, as an array in PostgreSQL's binary format in the making.
/// Confined to its channel's event loop.
///
///     int32 dimensions | int32 has NULLs | int32 element type | int32 length | int32 lower bound | length × ( int32 size or −1 | value )
///
/// A value and its size stand in a DataRow just as they do in an array: they are copied, never read.
final class ColumnArray {
  private static final int FIRST_BYTES = 1024;
  private static final int HEADER_BYTES = 20;
  private static final int EMPTY_BYTES = 12;

  private final int elementOid;
  private ByteBuf values = Unpooled.EMPTY_BUFFER;
  private int length;
  private boolean hasNull;

  /// @param elementOid the type of its elements, as the home shard calls it
  ColumnArray(int elementOid) {
    this.elementOid = elementOid;
  }

  /// Adds one field of a DataRow, and moves the row's reader index behind it.
  void add(ByteBuf row) {
    int size = row.getInt(row.readerIndex());
    hasNull |= size < 0;
    room(row).writeBytes(row, 4 + Math.max(0, size));
    length++;
  }

  /// Adds `true`.
  void addTrue(ByteBuf row) {
    room(row).writeInt(1).writeByte(1);
    length++;
  }

  private ByteBuf room(ByteBuf row) {
    if (length == 0) {
      values = row.alloc().buffer(FIRST_BYTES);
    }
    return values;
  }

  /// What it takes as a parameter.
  int bytes() {
    return length == 0 ? EMPTY_BYTES : HEADER_BYTES + values.readableBytes();
  }

  /// Appends it as a parameter of a Bind, its size first.
  void write(ByteBuf out) {
    out.writeInt(bytes());
    out.writeInt(length == 0 ? 0 : 1).writeInt(hasNull ? 1 : 0).writeInt(elementOid);
    if (length > 0) {
      out.writeInt(length).writeInt(1).writeBytes(values, values.readerIndex(), values.readableBytes());
    }
  }

  void release() {
    values.release();
    values = Unpooled.EMPTY_BUFFER;
    length = 0;
  }
}
