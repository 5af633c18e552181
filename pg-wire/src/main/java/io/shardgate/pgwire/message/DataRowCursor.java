package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Walks over the columns of a DataRow where it lies.
/// Not thread-safe; owned by whoever reads the row. Hot path: allocates nothing.
///
///     | 'D' | length | column count (int16) | length (int32), value | length, value | …      length -1 is NULL
///
/// Valid while the frame given to [#read] is:
///
///     cursor.read(frame);
///     while (cursor.next()) { … cursor.start() … cursor.length() … }
public final class DataRowCursor {
  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private int columnCount;
  private int column;
  private int start;
  private int length;

  /// Stands before the first column of a whole frame; leaves the frame's indexes alone. Throws [MalformedMessageException].
  public DataRowCursor read(ByteBuf row) {
    int first = row.readerIndex() + 1 + Integer.BYTES;
    if (row.writerIndex() - first < 2) {
      throw insufficient();
    }
    frame = row;
    columnCount = row.getUnsignedShort(first);
    column = -1;
    start = first + 2;
    length = -1;
    return this;
  }

  public int columnCount() {
    return columnCount;
  }

  /// Moves to the next column; false behind the last one, which must end where the frame ends.
  public boolean next() {
    int position = start + Math.max(0, length);
    int end = frame.writerIndex();
    if (column + 1 >= columnCount) {
      if (position != end) {
        throw new MalformedMessageException("invalid message format");
      }
      return false;
    }
    if (end - position < Integer.BYTES) {
      throw insufficient();
    }
    column++;
    length = frame.getInt(position);
    start = position + Integer.BYTES;
    if (length < -1 || length > end - start) {
      throw insufficient();
    }
    return true;
  }

  /// The column stood at, from 0.
  public int column() {
    return column;
  }

  public boolean isNull() {
    return length < 0;
  }

  /// Where the value begins in the frame's buffer, as an absolute index.
  public int start() {
    return start;
  }

  /// The value's length in bytes; -1 for NULL.
  public int length() {
    return length;
  }

  private static MalformedMessageException insufficient() {
    return new MalformedMessageException("insufficient data left in message");
  }
}
