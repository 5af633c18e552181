package io.shardgate.pgwire.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.FrontendMessage.Subject;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Appends what a client sends to a buffer. Names are UTF-8 where no charset is given; text that holds a zero byte is refused
/// with [IllegalArgumentException], and nothing of that message must then be sent.
public final class FrontendWriter {
  private FrontendWriter() {}

  public static void query(ByteBuf out, byte[] sql) {
    int start = FrameWriting.begin(out, 'Q');
    FrameWriting.string(out, sql);
    FrameWriting.end(out, start);
  }

  public static void parse(ByteBuf out, String statement, byte[] sql, int[] parameterTypes) {
    parse(out, statement.getBytes(UTF_8), sql, parameterTypes);
  }

  /// As [#parse], the statement's name in the session's encoding.
  public static void parse(ByteBuf out, byte[] statement, byte[] sql, int[] parameterTypes) {
    int start = FrameWriting.begin(out, 'P');
    FrameWriting.string(out, statement);
    FrameWriting.string(out, sql);
    FrameWriting.int32s(out, parameterTypes);
    FrameWriting.end(out, start);
  }

  /// Formats: none for all text, one for all alike, or one for each.
  public static void bind(
      ByteBuf out,
      String portal,
      String statement,
      int[] parameterFormats,
      List<byte @Nullable []> parameters,
      int[] resultFormats) {
    int start = FrameWriting.begin(out, 'B');
    FrameWriting.string(out, portal, UTF_8);
    FrameWriting.string(out, statement, UTF_8);
    FrameWriting.int16s(out, parameterFormats);
    FrameWriting.count(out, parameters.size());
    for (byte @Nullable [] parameter : parameters) {
      FrameWriting.value(out, parameter);
    }
    FrameWriting.int16s(out, resultFormats);
    FrameWriting.end(out, start);
  }

  public static void describeStatement(ByteBuf out, String statement) {
    describeStatement(out, statement, UTF_8);
  }

  public static void describeStatement(ByteBuf out, String statement, Charset charset) {
    named(out, 'D', Subject.STATEMENT, statement, charset);
  }

  public static void describePortal(ByteBuf out, String portal) {
    describePortal(out, portal, UTF_8);
  }

  public static void describePortal(ByteBuf out, String portal, Charset charset) {
    named(out, 'D', Subject.PORTAL, portal, charset);
  }

  public static void closeStatement(ByteBuf out, String statement) {
    closeStatement(out, statement, UTF_8);
  }

  public static void closeStatement(ByteBuf out, String statement, Charset charset) {
    named(out, 'C', Subject.STATEMENT, statement, charset);
  }

  public static void closePortal(ByteBuf out, String portal) {
    closePortal(out, portal, UTF_8);
  }

  public static void closePortal(ByteBuf out, String portal, Charset charset) {
    named(out, 'C', Subject.PORTAL, portal, charset);
  }

  /// `maxRows` 0 means all rows.
  public static void execute(ByteBuf out, String portal, int maxRows) {
    execute(out, portal, maxRows, UTF_8);
  }

  public static void execute(ByteBuf out, String portal, int maxRows, Charset charset) {
    int start = FrameWriting.begin(out, 'E');
    FrameWriting.string(out, portal, charset);
    out.writeInt(maxRows);
    FrameWriting.end(out, start);
  }

  public static void sync(ByteBuf out) {
    FrameWriting.empty(out, 'S');
  }

  public static void flush(ByteBuf out) {
    FrameWriting.empty(out, 'H');
  }

  public static void terminate(ByteBuf out) {
    FrameWriting.empty(out, 'X');
  }

  public static void functionCall(
      ByteBuf out, int functionOid, int[] argumentFormats, List<byte @Nullable []> arguments, int resultFormat) {
    int start = FrameWriting.begin(out, 'F');
    out.writeInt(functionOid);
    FrameWriting.int16s(out, argumentFormats);
    FrameWriting.count(out, arguments.size());
    for (byte @Nullable [] argument : arguments) {
      FrameWriting.value(out, argument);
    }
    out.writeShort(resultFormat);
    FrameWriting.end(out, start);
  }

  public static void copyData(ByteBuf out, byte[] data) {
    int start = FrameWriting.begin(out, 'd');
    out.writeBytes(data);
    FrameWriting.end(out, start);
  }

  /// As [#copyData]; borrows `data` and leaves its indexes alone.
  public static void copyData(ByteBuf out, ByteBuf data) {
    int start = FrameWriting.begin(out, 'd');
    out.writeBytes(data, data.readerIndex(), data.readableBytes());
    FrameWriting.end(out, start);
  }

  public static void copyDone(ByteBuf out) {
    FrameWriting.empty(out, 'c');
  }

  public static void copyFail(ByteBuf out, String reason) {
    copyFail(out, reason, UTF_8);
  }

  public static void copyFail(ByteBuf out, String reason, Charset charset) {
    int start = FrameWriting.begin(out, 'f');
    FrameWriting.string(out, reason, charset);
    FrameWriting.end(out, start);
  }

  /// A password in clear; for servers that ask so inside TLS.
  public static void password(ByteBuf out, byte[] password) {
    int start = FrameWriting.begin(out, 'p');
    FrameWriting.string(out, password);
    FrameWriting.end(out, start);
  }

  public static void saslInitial(ByteBuf out, String mechanism, byte @Nullable [] response) {
    int start = FrameWriting.begin(out, 'p');
    FrameWriting.string(out, mechanism, UTF_8);
    FrameWriting.value(out, response);
    FrameWriting.end(out, start);
  }

  public static void saslResponse(ByteBuf out, byte[] response) {
    int start = FrameWriting.begin(out, 'p');
    out.writeBytes(response);
    FrameWriting.end(out, start);
  }

  /// Opens a session with protocol 3.0.
  public static void startup(ByteBuf out, Map<String, String> parameters) {
    startup(out, 0, parameters);
  }

  /// Opens a session with protocol 3.`minorVersion`.
  public static void startup(ByteBuf out, int minorVersion, Map<String, String> parameters) {
    int start = out.writerIndex();
    out.writeInt(0).writeInt(StartupPacket.PROTOCOL_3_0 | minorVersion);
    parameters.forEach(
        (name, value) -> {
          FrameWriting.string(out, name, UTF_8);
          FrameWriting.string(out, value, UTF_8);
        });
    out.writeByte(0);
    FrameWriting.end(out, start);
  }

  public static void sslRequest(ByteBuf out) {
    out.writeInt(8).writeInt(StartupPacket.SSL_REQUEST_CODE);
  }

  public static void gssEncRequest(ByteBuf out) {
    out.writeInt(8).writeInt(StartupPacket.GSSENC_REQUEST_CODE);
  }

  public static void cancel(ByteBuf out, int processId, CancelKey key) {
    out.writeInt(3 * Integer.BYTES + key.length()).writeInt(StartupPacket.CANCEL_REQUEST_CODE).writeInt(processId);
    key.write(out);
  }

  /// Any message, as it was read.
  public static void write(ByteBuf out, FrontendMessage message) {
    switch (message) {
      case FrontendMessage.Bind m ->
          bind(out, m.portal(), m.statement(), m.parameterFormats(), m.parameters(), m.resultFormats());
      case FrontendMessage.Close m -> named(out, 'C', m.subject(), m.name(), UTF_8);
      case FrontendMessage.CopyData m -> copyData(out, m.data());
      case FrontendMessage.CopyDone _ -> copyDone(out);
      case FrontendMessage.CopyFail m -> copyFail(out, m.reason());
      case FrontendMessage.Describe m -> named(out, 'D', m.subject(), m.name(), UTF_8);
      case FrontendMessage.Execute m -> execute(out, m.portal(), m.maxRows());
      case FrontendMessage.Flush _ -> flush(out);
      case FrontendMessage.FunctionCall m ->
          functionCall(out, m.functionOid(), m.argumentFormats(), m.arguments(), m.resultFormat());
      case FrontendMessage.Parse m -> parse(out, m.statement(), m.sql(), m.parameterTypes());
      case FrontendMessage.AuthenticationReply m -> saslResponse(out, m.body());
      case FrontendMessage.Query m -> query(out, m.sql());
      case FrontendMessage.Sync _ -> sync(out);
      case FrontendMessage.Terminate _ -> terminate(out);
    }
  }

  private static void named(ByteBuf out, char type, Subject subject, String name, Charset charset) {
    int start = FrameWriting.begin(out, type);
    out.writeByte(subject.code());
    FrameWriting.string(out, name, charset);
    FrameWriting.end(out, start);
  }
}
