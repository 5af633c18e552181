package io.shardgate.proxy.execute.copy;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.Arrays;

/// Cuts a COPY stream into rows, exactly where PostgreSQL does. Not thread-safe; owned by one COPY.
///
/// Bytes are gathered until a row is whole; rows wait while the taker wants none.
///
///     buffer:  | given out | row being looked at ........ | not yet read |
///              0           start                scan      end
public abstract class RowCutter {
  /// PostgreSQL's own limit for a row (MaxAllocSize).
  private static final int ROW_BYTES_MAX = (1 << 30) - 1;

  /// Takes rows.
  public interface Taker {
    /// Whether it can take a row now.
    boolean wantsRow();

    /// Takes the bytes from `from` to `end`, with what ends the row; its content ends at `contentEnd`.
    ///
    /// @param lines how many lines of the stream it covers
    void row(byte[] bytes, int from, int contentEnd, int end, int lines);

    /// Takes what stands before the first row and belongs to every shard's stream: the line of names, the file header.
    void header(byte[] bytes, int from, int end, int lines);
  }

  byte[] buffer = new byte[16 * 1024];
  int start;
  int scan;
  int end;
  private boolean streamEnded;
  private boolean markerSeen;

  /// Adds a piece of the stream. Borrowed.
  public final void add(ByteBuf piece) {
    if (markerSeen) {
      afterMarker(piece.readableBytes());
      return;
    }
    int more = piece.readableBytes();
    makeRoom(more);
    piece.getBytes(piece.readerIndex(), buffer, end, more);
    end += more;
  }

  private void makeRoom(int more) {
    if (end + more <= buffer.length) {
      return;
    }
    System.arraycopy(buffer, start, buffer, 0, end - start);
    end -= start;
    scan -= start;
    start = 0;
    long needed = (long) end + more;
    if (needed > ROW_BYTES_MAX) {
      throw new ServerErrorException(
          ErrorFields.error(SqlState.PROGRAM_LIMIT_EXCEEDED, "out of memory")
              .withDetail("A row of the COPY stream is longer than " + ROW_BYTES_MAX + " bytes."));
    }
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.min(ROW_BYTES_MAX, Math.max(needed, 2L * buffer.length)));
    }
  }

  /// The stream ended: what is left is the last row.
  public final void end() {
    streamEnded = true;
  }

  /// Gives whole rows out as long as the taker wants them.
  ///
  /// @return whether nothing is left to give out
  public final boolean cut(Taker taker) {
    while (taker.wantsRow()) {
      if (markerSeen || !next(taker)) {
        return true;
      }
    }
    return markerSeen || start == end;
  }

  /// Gives out one row, if one is whole. [#start] is then behind it.
  abstract boolean next(Taker taker);

  /// How many lines of the stream the row that is being looked at covers so far.
  public int linesBegun() {
    return 1;
  }

  /// Bytes after the end marker: PostgreSQL ignores them in text, and complains in binary.
  void afterMarker(int bytes) {}

  /// The end marker came: nothing behind it is looked at.
  final void marker() {
    markerSeen = true;
    int left = end - scan;
    start = end;
    scan = end;
    afterMarker(left);
  }

  final boolean streamEnded() {
    return streamEnded;
  }

  /// The row is over: the next one begins at `at`.
  final void begin(int at) {
    start = at;
    scan = at;
    if (start == end) {
      start = 0;
      scan = 0;
      end = 0;
    }
  }

  static ServerErrorException malformed(String message) {
    return new ServerErrorException(SqlState.BAD_COPY_FILE_FORMAT, message);
  }

  static ServerErrorException malformed(String message, String hint) {
    return new ServerErrorException(ErrorFields.error(SqlState.BAD_COPY_FILE_FORMAT, message).withHint(hint));
  }
}
