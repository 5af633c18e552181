package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Bindings;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A Bind message, read in place. Not thread-safe; owned by the flow that reads it, valid as long as its frame.
///
///     'B' int32 length | portal \0 | statement \0 | int16 n, n × int16 format
///       | int16 n, n × ( int32 length or −1, value ) | int16 n, n × int16 result format
final class BindFrame implements Bindings {
  private static final int HEADER_BYTES = 5;
  private static final short[] ALL_TEXT = {};
  private static final String TOO_SHORT = "insufficient data left in message";

  private final ByteBuf frame;
  private final String portal;
  private final String statement;
  private final int afterNames;
  private final short[] formats;
  private final int[] offsets;
  private final short[] resultFormats;
  private @Nullable ClientStatement types;

  private BindFrame(ByteBuf frame, String usual) {
    this.frame = frame;
    int at = frame.readerIndex() + HEADER_BYTES;
    int end = terminator(at);
    portal = text(at, end, "");
    at = end + 1;
    end = terminator(at);
    statement = text(at, end, usual);
    at = end + 1;
    afterNames = at;
    formats = formats(at);
    at += 2 + 2 * formats.length;
    offsets = new int[frame.getUnsignedShort(at)];
    at += 2;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = at;
      int length = frame.getInt(at);
      if (length < -1 || (length > 0 && length > frame.writerIndex() - at - 4)) {
        throw malformed(TOO_SHORT);
      }
      at += 4 + Math.max(0, length);
    }
    resultFormats = formats(at);
    end = at + 2 + 2 * resultFormats.length;
    if (end != frame.writerIndex()) {
      throw malformed(end > frame.writerIndex() ? TOO_SHORT : "invalid message format");
    }
  }

  /// Reads a frame; borrows it.
  ///
  /// @param usual the statement that it is probably about: its name is not read into a text of its own
  static BindFrame read(ByteBuf frame, String usual) {
    try {
      return new BindFrame(frame, usual);
    } catch (IndexOutOfBoundsException _) {
      throw malformed(TOO_SHORT);
    }
  }

  /// The name of the statement in a frame that can't be read; null when not even that can.
  static @Nullable String statementIn(ByteBuf frame) {
    int portal = frame.indexOf(frame.readerIndex() + HEADER_BYTES, frame.writerIndex(), (byte) 0);
    int end = portal < 0 ? -1 : frame.indexOf(portal + 1, frame.writerIndex(), (byte) 0);
    return end < 0 ? null : frame.toString(portal + 1, end - portal - 1, StandardCharsets.UTF_8);
  }

  /// PostgreSQL counts parameters before it looks whether the transaction failed.
  void requireCountOf(ClientStatement wanted) {
    int required = wanted.parameterCount();
    if (required != count()) {
      throw new ServerErrorException(
          SqlState.PROTOCOL_VIOLATION,
          "bind message supplies " + count() + " parameters, but prepared statement \"" + wanted.name() + "\" requires " + required);
    }
  }

  /// What a server checks of a Bind that it gets; one over several shards none of them gets as it is.
  void requireSound(ClientStatement wanted) {
    if (formats.length > 1 && formats.length != count()) {
      throw new ServerErrorException(
          SqlState.PROTOCOL_VIOLATION, "bind message has " + formats.length + " parameter formats but " + count() + " parameters");
    }
    requireCountOf(wanted);
    for (short format : formats) {
      if (count() > 0 && format != 0 && format != 1) {
        throw new ServerErrorException(SqlState.INVALID_PARAMETER_VALUE, "unsupported format code: " + format);
      }
    }
  }

  /// A copy that outlives the frame.
  BindFrame copy() {
    BindFrame copy = read(Unpooled.copiedBuffer(frame), statement);
    copy.types = types;
    return copy;
  }

  private static MalformedMessageException malformed(String message) {
    return new MalformedMessageException(SqlState.PROTOCOL_VIOLATION, message);
  }

  private int terminator(int from) {
    int end = frame.indexOf(from, frame.writerIndex(), (byte) 0);
    if (end < 0) {
      throw malformed("invalid string in message");
    }
    return end;
  }

  private String text(int from, int end, String usual) {
    boolean same = usual.length() == end - from;
    for (int i = 0; same && i < usual.length(); i++) {
      same = usual.charAt(i) == frame.getByte(from + i); // of ASCII: no other character is a byte that is not negative
    }
    return same ? usual : frame.toString(from, end - from, StandardCharsets.UTF_8);
  }

  private short[] formats(int at) {
    int count = frame.getUnsignedShort(at);
    if (count == 0) {
      return ALL_TEXT;
    }
    short[] read = new short[count];
    for (int i = 0; i < read.length; i++) {
      read[i] = frame.getShort(at + 2 + 2 * i);
    }
    return read;
  }

  String portal() {
    return portal;
  }

  String statement() {
    return statement;
  }

  short[] resultFormats() {
    return resultFormats;
  }

  /// Whether any value is in binary format.
  boolean hasBinary() {
    for (short format : formats) {
      if (format == 1) {
        return true;
      }
    }
    return false;
  }

  /// Whether any result column is asked for in binary format.
  boolean wantsBinary() {
    for (short format : resultFormats) {
      if (format == 1) {
        return true;
      }
    }
    return false;
  }

  /// The statement that says the parameters' types.
  BindFrame typedBy(ClientStatement typed) {
    types = typed;
    return this;
  }

  /// Appends this Bind under another statement name.
  void write(ByteBuf out, String serverName) {
    int start = out.writerIndex();
    out.writeByte('B').writeInt(0);
    ByteBufUtil.writeUtf8(out, portal);
    out.writeByte(0);
    ByteBufUtil.writeUtf8(out, serverName);
    out.writeByte(0);
    out.writeBytes(frame, afterNames, frame.writerIndex() - afterNames);
    out.setInt(start + 1, out.writerIndex() - start - 1);
  }

  @Override
  public int count() {
    return offsets.length;
  }

  @Override
  public int typeOid(int i) {
    return types == null ? 0 : types.parameterOid(i);
  }

  @Override
  public boolean binary(int i) {
    return formats.length == 1 ? formats[0] == 1 : i < formats.length && formats[i] == 1;
  }

  @Override
  public byte @Nullable [] value(int i) {
    int length = frame.getInt(offsets[i]);
    if (length < 0) {
      return null;
    }
    byte[] value = new byte[length];
    frame.getBytes(offsets[i] + 4, value);
    return value;
  }
}
