package io.shardgate.proxy.execute.copy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;

/// Writes the rows of a query as PostgreSQL's COPY … TO STDOUT does: DataRow messages become CopyData messages, byte for byte those of a server.
/// Confined to its channel's event loop.
///
///     text, csv   one message a row, `\n` behind it
///     binary      the file header stands before the first row, in its message; the trailer is a message of its own, or behind the header where there is no row
public final class CopyRows {
  private static final int FRAME_HEADER_BYTES = 5;
  private static final byte[] LETTERS = {'b', 't', 'n', 'v', 'f', 'r'}; // for the bytes 8 to 13

  private final CopyOptions options;
  private final boolean[] quoted;
  private boolean begun;

  /// @param quoted for each column whether csv quotes its values in any case
  public CopyRows(CopyOptions options, boolean[] quoted) {
    this.options = options;
    this.quoted = quoted.clone();
  }

  /// Appends the message for one DataRow message. Rows in binary are those of a query that gave binary. Borrowed.
  public void row(ByteBuf dataRow, ByteBuf out) {
    int message = begin(out);
    ByteBuf row = dataRow.slice(dataRow.readerIndex() + FRAME_HEADER_BYTES, dataRow.readableBytes() - FRAME_HEADER_BYTES);
    if (options.format() == CopyOptions.Format.BINARY) {
      out.writeBytes(row);
    } else {
      fields(row, out);
      out.writeByte('\n');
    }
    end(out, message);
  }

  /// Appends what stands behind the last row.
  public void over(ByteBuf out) {
    if (options.format() == CopyOptions.Format.BINARY) {
      int message = begin(out);
      out.writeShort(-1);
      end(out, message);
    }
  }

  private int begin(ByteBuf out) {
    int message = out.writerIndex();
    out.writeByte('d').writeInt(0);
    if (!begun && options.format() == CopyOptions.Format.BINARY) {
      out.writeBytes(BinaryCutter.SIGNATURE).writeInt(0).writeInt(0);
    }
    begun = true;
    return message;
  }

  private static void end(ByteBuf out, int message) {
    out.setInt(message + 1, out.writerIndex() - message - 1);
  }

  private void fields(ByteBuf row, ByteBuf out) {
    int count = row.readUnsignedShort();
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        out.writeByte(options.delimiter());
      }
      int length = row.readInt();
      if (length < 0) {
        out.writeBytes(options.nullText());
        continue;
      }
      byte[] value = ByteBufUtil.getBytes(row, row.readerIndex(), length);
      row.skipBytes(length);
      if (options.format() == CopyOptions.Format.TEXT) {
        text(value, out);
      } else if (quoted[i] || needsQuotes(value, count == 1)) {
        quoted(value, out);
      } else {
        out.writeBytes(value);
      }
    }
  }

  private void text(byte[] value, ByteBuf out) {
    for (byte b : value) {
      if (b >= '\b' && b <= '\r') {
        out.writeByte('\\').writeByte(LETTERS[b - '\b']);
      } else {
        if (b == '\\' || b == options.delimiter()) {
          out.writeByte('\\');
        }
        out.writeByte(b);
      }
    }
  }

  /// @param alone whether it is the line's only value, where `\.` would end the stream
  private boolean needsQuotes(byte[] value, boolean alone) {
    if (Arrays.equals(value, options.nullText()) || (alone && value.length == 2 && value[0] == '\\' && value[1] == '.')) {
      return true;
    }
    for (byte b : value) {
      if (b == options.delimiter() || b == options.quote() || b == '\n' || b == '\r') {
        return true;
      }
    }
    return false;
  }

  private void quoted(byte[] value, ByteBuf out) {
    out.writeByte(options.quote());
    for (byte b : value) {
      if (b == options.quote() || b == options.escape()) {
        out.writeByte(options.escape());
      }
      out.writeByte(b);
    }
    out.writeByte(options.quote());
  }
}
