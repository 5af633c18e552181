package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Looks at a Bind where it lies: finds names, formats and values and copies none of them until asked.
/// Not thread-safe; owned by the session that reads the frame. Hot path: [#read] allocates nothing once the view has grown to
/// the largest number of parameters.
///
/// Valid while the frame given to [#read] is.
///
///     | 'B' | length | portal | 0 | statement | 0 | formats: count, int16… | values: count, (length, bytes)… | result formats: count, int16… |
public final class BindView {
  private @Nullable ByteBuf frame;
  private int portalAt;
  private int statementAt;
  private int formatsAt;
  private int formatCount;
  private int valueCount;
  private int resultFormatsAt;
  private int resultFormatCount;

  /// Where each value begins, and how long it is; -1 for NULL.
  private int[] starts = new int[8];

  private int[] lengths = new int[8];

  /// Looks at a whole frame that stands at its type byte; leaves its indexes alone. Throws [MalformedMessageException].
  public BindView read(ByteBuf bind) {
    frame = bind;
    int end = bind.writerIndex();
    portalAt = bind.readerIndex() + 1 + Integer.BYTES;
    statementAt = stringEnd(bind, portalAt, end);
    int position = stringEnd(bind, statementAt, end);
    formatCount = bind.getUnsignedShort(need(position, 2, end));
    formatsAt = position + 2;
    position = need(formatsAt, 2L * formatCount, end) + 2 * formatCount;
    valueCount = bind.getUnsignedShort(need(position, 2, end));
    if (formatCount > 1 && formatCount != valueCount) {
      throw new MalformedMessageException(
          "bind message has %d parameter formats but %d parameters".formatted(formatCount, valueCount));
    }
    position = readValues(bind, position + 2, end);
    resultFormatCount = bind.getUnsignedShort(need(position, 2, end));
    resultFormatsAt = position + 2;
    if (need(resultFormatsAt, 2L * resultFormatCount, end) + 2 * resultFormatCount != end) {
      throw new MalformedMessageException("invalid message format");
    }
    return this;
  }

  public String portal(Charset charset) {
    return frame().toString(portalAt, statementAt - 1 - portalAt, charset);
  }

  public String statement(Charset charset) {
    return frame().toString(statementAt, formatsAt - 3 - statementAt, charset);
  }

  public int parameterCount() {
    return valueCount;
  }

  /// Whether parameter `index`, from 0, comes in binary.
  public boolean isBinary(int index) {
    check(index);
    if (formatCount == 0) {
      return false;
    }
    return frame().getUnsignedShort(formatsAt + (formatCount == 1 ? 0 : 2 * index)) == 1;
  }

  public boolean isNull(int index) {
    return lengths[check(index)] < 0;
  }

  /// Where a value begins in the frame's buffer, as an absolute index.
  public int valueStart(int index) {
    return starts[check(index)];
  }

  /// A value's length in bytes; -1 for NULL.
  public int valueLength(int index) {
    return lengths[check(index)];
  }

  /// A copy of a value; null for NULL.
  public byte @Nullable [] value(int index) {
    if (isNull(index)) {
      return null;
    }
    byte[] value = new byte[lengths[index]];
    frame().getBytes(starts[index], value);
    return value;
  }

  /// How many result formats were given: none means all text, one is meant for all columns.
  public int resultFormatCount() {
    return resultFormatCount;
  }

  public int resultFormat(int index) {
    if (index < 0 || index >= resultFormatCount) {
      throw new IndexOutOfBoundsException("result format " + index + " of " + resultFormatCount);
    }
    return frame().getUnsignedShort(resultFormatsAt + 2 * index);
  }

  /// Appends the Bind with other names, all else as it is.
  public void writeRenamed(ByteBuf out, byte[] portal, byte[] statement) {
    int start = FrameWriting.begin(out, 'B');
    FrameWriting.string(out, portal);
    FrameWriting.string(out, statement);
    int rest = formatsAt - 2;
    out.writeBytes(frame(), rest, resultFormatsAt + 2 * resultFormatCount - rest);
    FrameWriting.end(out, start);
  }

  private int readValues(ByteBuf bind, int from, int end) {
    if (valueCount > starts.length) {
      int room = Math.max(valueCount, 2 * starts.length);
      starts = Arrays.copyOf(starts, room);
      lengths = Arrays.copyOf(lengths, room);
    }
    int position = from;
    for (int i = 0; i < valueCount; i++) {
      int length = bind.getInt(need(position, Integer.BYTES, end));
      position += Integer.BYTES;
      if (length < -1) {
        throw insufficient();
      }
      starts[i] = position;
      lengths[i] = length;
      position = need(position, Math.max(0, length), end) + Math.max(0, length);
    }
    return position;
  }

  private ByteBuf frame() {
    if (frame == null) {
      throw new IllegalStateException("no frame was read");
    }
    return frame;
  }

  private int check(int index) {
    if (index < 0 || index >= valueCount) {
      throw new IndexOutOfBoundsException("parameter " + index + " of " + valueCount);
    }
    return index;
  }

  /// The index behind the zero byte that ends the string at `from`.
  private static int stringEnd(ByteBuf bind, int from, int end) {
    int zero = from > end ? -1 : bind.indexOf(from, end, (byte) 0);
    if (zero < 0) {
      throw new MalformedMessageException("invalid string in message");
    }
    return zero + 1;
  }

  private static int need(int position, long bytes, int end) {
    if (position + bytes > end) {
      throw insufficient();
    }
    return position;
  }

  private static MalformedMessageException insufficient() {
    return new MalformedMessageException("insufficient data left in message");
  }
}
