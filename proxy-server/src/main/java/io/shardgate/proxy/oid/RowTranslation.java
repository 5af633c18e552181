package io.shardgate.proxy.oid;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What has to be done to each row of one result, or of one COPY. Immutable.
///
/// A row with work to do must come whole; rows of other results may pass in pieces, so ask [#hasWork()] before the first one.
public final class RowTranslation {

  /// Rows pass untouched.
  public static final RowTranslation NONE = new RowTranslation(null, new int[0], new boolean[0]);

  private static final int HEADER_BYTES = 5;
  private static final byte[] COPY_SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};

  private final @Nullable ValueTranslation values;
  private final int[] types;
  private final boolean[] work;

  RowTranslation(@Nullable ValueTranslation values, int[] types, boolean[] work) {
    this.values = values;
    this.types = types;
    this.work = work;
  }

  public boolean hasWork() {
    return values != null;
  }

  /// Translates a DataRow in place.
  ///
  ///     'D' int32 length | int16 n | n × ( int32 length or -1 | value )
  public void dataRow(ByteBuf frame) {
    fields(frame, frame.readerIndex() + HEADER_BYTES, frame.writerIndex());
  }

  /// Translates a CopyData of a binary COPY as servers send it: the file header and a row, a row, or the trailer.
  public void copyOutData(ByteBuf frame) {
    int at = frame.readerIndex() + HEADER_BYTES;
    if (startsWithSignature(frame, at)) {
      at += COPY_SIGNATURE.length + 4;
      at += 4 + frame.getInt(at);
    }
    if (frame.writerIndex() - at > 2) {
      fields(frame, at, frame.writerIndex());
    }
  }

  /// Translates one row of a binary COPY, beginning at its count of fields.
  public void copyTuple(ByteBuf buffer, int from, int end) {
    fields(buffer, from, end);
  }

  private static boolean startsWithSignature(ByteBuf frame, int at) {
    if (frame.writerIndex() - at < COPY_SIGNATURE.length + 8) {
      return false;
    }
    for (int i = 0; i < COPY_SIGNATURE.length; i++) {
      if (frame.getByte(at + i) != COPY_SIGNATURE[i]) {
        return false;
      }
    }
    return true;
  }

  void fields(ByteBuf buffer, int from, int end) {
    if (values == null || end - from < 2) {
      return;
    }
    int count = buffer.getShort(from);
    int at = from + 2;
    for (int i = 0; i < count && end - at >= 4; i++) {
      int length = buffer.getInt(at);
      at += 4;
      if (length > end - at) {
        return;
      }
      if (length > 0) {
        if (i < work.length && work[i]) {
          values.value(buffer, at, at + length, types[i]);
        }
        at += length;
      }
    }
  }
}
