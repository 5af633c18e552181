package io.shardgate.proxy.execute.copy;

import java.util.Arrays;

/// Cuts the binary format into tuples. Not thread-safe; owned by one COPY.
///
///     "PGCOPY\n\377\r\n\0" | int32 flags | int32 length, extension | tuples | int16 −1
///     tuple: int16 fields | fields × ( int32 length or −1 | value )
final class BinaryCutter extends RowCutter {
  static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};
  private static final int FIXED_BYTES = SIGNATURE.length + 8;

  private boolean headerSeen;
  private int fieldsLeft = -1;

  @Override
  boolean next(Taker taker) {
    if (!headerSeen) {
      return header(taker);
    }
    if (fieldsLeft < 0) {
      if (end - scan < 2) {
        return cutShort(end != scan);
      }
      fieldsLeft = int16(scan);
      scan += 2;
      if (fieldsLeft == -1) {
        marker();
        return false;
      }
    }
    while (fieldsLeft > 0) {
      if (end - scan < 4) {
        return cutShort(true);
      }
      int length = int32(buffer, scan);
      if (length < -1) {
        throw malformed("invalid field size");
      }
      int next = 4 + Math.max(0, length);
      if (end - scan < next) {
        return cutShort(true);
      }
      scan += next;
      fieldsLeft--;
    }
    fieldsLeft = -1;
    taker.row(buffer, start, scan, scan, 1);
    begin(scan);
    return true;
  }

  private boolean header(Taker taker) {
    if (end < FIXED_BYTES) {
      if (streamEnded()) {
        throw malformed("COPY file signature not recognized");
      }
      return false;
    }
    if (!Arrays.equals(buffer, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
      throw malformed("COPY file signature not recognized");
    }
    int extension = int32(buffer, SIGNATURE.length + 4);
    if (extension < 0) {
      throw malformed("invalid COPY file header (missing length)");
    }
    if (end < FIXED_BYTES + extension) {
      if (streamEnded()) {
        throw malformed("invalid COPY file header (wrong length)");
      }
      return false;
    }
    headerSeen = true;
    taker.header(buffer, 0, FIXED_BYTES + extension, 0);
    begin(FIXED_BYTES + extension);
    return true;
  }

  private boolean cutShort(boolean insideTuple) {
    if (streamEnded() && insideTuple) {
      throw malformed("unexpected EOF in COPY data");
    }
    return false;
  }

  @Override
  void afterMarker(int bytes) {
    if (bytes > 0) {
      throw malformed("received copy data after EOF marker");
    }
  }

  private int int16(int at) {
    return (short) ((buffer[at] & 0xff) << 8 | (buffer[at + 1] & 0xff));
  }

  static int int32(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
  }
}
