package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.FrontendMessage.Subject;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what a client sent: one whole frame in, one [FrontendMessage] out.
public final class FrontendReader {
  private FrontendReader() {}

  /// Reads a frame whose names are UTF-8.
  public static FrontendMessage read(byte type, ByteBuf frame) {
    return read(type, frame, StandardCharsets.UTF_8);
  }

  /// Reads a frame that stands at its type byte; moves its reader index. Throws [MalformedMessageException].
  public static FrontendMessage read(byte type, ByteBuf frame, Charset charset) {
    FrameCursor cursor = new FrameCursor(frame, charset);
    FrontendMessage message = readBody(type, cursor);
    cursor.end();
    return message;
  }

  private static FrontendMessage readBody(byte type, FrameCursor cursor) {
    return switch (type) {
      case 'B' -> readBind(cursor);
      case 'C' -> new FrontendMessage.Close(readSubject(cursor, "CLOSE"), cursor.readString());
      case 'D' -> new FrontendMessage.Describe(readSubject(cursor, "DESCRIBE"), cursor.readString());
      case 'E' -> new FrontendMessage.Execute(cursor.readString(), cursor.readInt32());
      case 'F' -> readFunctionCall(cursor);
      case 'H' -> new FrontendMessage.Flush();
      case 'P' -> readParse(cursor);
      case 'Q' -> new FrontendMessage.Query(cursor.readStringBytes());
      case 'S' -> new FrontendMessage.Sync();
      case 'X' -> new FrontendMessage.Terminate();
      case 'c' -> new FrontendMessage.CopyDone();
      case 'd' -> new FrontendMessage.CopyData(cursor.readRemaining());
      case 'f' -> new FrontendMessage.CopyFail(cursor.readString());
      case 'p' -> new FrontendMessage.AuthenticationReply(cursor.readRemaining());
      default -> throw new MalformedMessageException("invalid frontend message type " + (type & 0xff));
    };
  }

  /// `| portal | 0 | statement | 0 | formats: count, int16… | count | length (int32), value … | result formats |`
  private static FrontendMessage.Bind readBind(FrameCursor cursor) {
    String portal = cursor.readString();
    String statement = cursor.readString();
    int[] formats = cursor.readUnsignedInt16s(cursor.readUnsignedInt16());
    int count = cursor.readUnsignedInt16();
    if (formats.length > 1 && formats.length != count) {
      throw new MalformedMessageException(
          "bind message has %d parameter formats but %d parameters".formatted(formats.length, count));
    }
    List<byte @Nullable []> values = readValues(cursor, count);
    int[] resultFormats = cursor.readUnsignedInt16s(cursor.readUnsignedInt16());
    return new FrontendMessage.Bind(portal, statement, formats, values, resultFormats);
  }

  /// `| statement | 0 | SQL | 0 | count (int16) | type OID (int32) … |`
  private static FrontendMessage.Parse readParse(FrameCursor cursor) {
    String statement = cursor.readString();
    byte[] sql = cursor.readStringBytes();
    return new FrontendMessage.Parse(statement, sql, cursor.readInt32s(cursor.readUnsignedInt16()));
  }

  private static FrontendMessage.FunctionCall readFunctionCall(FrameCursor cursor) {
    int function = cursor.readInt32();
    int[] formats = cursor.readUnsignedInt16s(cursor.readUnsignedInt16());
    int count = cursor.readUnsignedInt16();
    if (formats.length > 1 && formats.length != count) {
      throw new MalformedMessageException(
          "function call message contains %d argument formats but %d arguments"
              .formatted(formats.length, count));
    }
    List<byte @Nullable []> values = readValues(cursor, count);
    return new FrontendMessage.FunctionCall(function, formats, values, cursor.readInt16());
  }

  private static List<byte @Nullable []> readValues(FrameCursor cursor, int count) {
    List<byte @Nullable []> values = new ArrayList<>(Math.min(count, cursor.remaining() / Integer.BYTES));
    for (int i = 0; i < count; i++) {
      values.add(cursor.readValue());
    }
    return values;
  }

  private static Subject readSubject(FrameCursor cursor, String message) {
    byte code = cursor.readByte();
    return switch (code) {
      case 'S' -> Subject.STATEMENT;
      case 'P' -> Subject.PORTAL;
      default -> throw new MalformedMessageException("invalid %s message subtype %d".formatted(message, code));
    };
  }
}
