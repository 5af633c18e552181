package io.shardgate.proxy.execute.copy;

import java.util.ArrayDeque;
import java.util.OptionalLong;

/// Which line of the client's stream each line of one shard's stream was. Not thread-safe; owned by one COPY.
///
/// Remembers the last [#LINES_MAX] lines at least: a shard reports errors while the rows are on their way, not hours later.
public final class LineMap {
  private static final int CHUNK_LINES = 4096;
  private static final int CHUNKS_MAX = 64;
  static final int LINES_MAX = (CHUNKS_MAX - 1) * CHUNK_LINES;

  private final ArrayDeque<int[]> chunks = new ArrayDeque<>();
  private long lines;
  private long dropped;

  /// Notes the shard's next line.
  ///
  /// @param line of the client's stream, from 1
  public void add(long line) {
    int at = (int) (lines % CHUNK_LINES);
    if (at == 0) {
      if (chunks.size() == CHUNKS_MAX) {
        chunks.removeFirst();
        dropped += CHUNK_LINES;
      }
      chunks.addLast(new int[CHUNK_LINES]);
    }
    chunks.getLast()[at] = (int) line;
    lines++;
  }

  /// The client's line for a shard's line (from 1), if it is still known.
  public OptionalLong lineOf(long shardLine) {
    long index = shardLine - 1;
    if (index < dropped || index >= lines) {
      return OptionalLong.empty();
    }
    int chunk = (int) ((index - dropped) / CHUNK_LINES);
    int i = 0;
    for (int[] held : chunks) {
      if (i++ == chunk) {
        return OptionalLong.of(Integer.toUnsignedLong(held[(int) (index % CHUNK_LINES)]));
      }
    }
    return OptionalLong.empty();
  }
}
