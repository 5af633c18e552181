package io.shardgate.pgwire.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Appends what a server sends to a buffer. Text is UTF-8 where no charset is given; text that holds a zero byte is refused
/// with [IllegalArgumentException], and nothing of that message must then be sent.
public final class BackendWriter {
  private BackendWriter() {}

  public static void errorResponse(ByteBuf out, ErrorFields fields) {
    fields(out, 'E', fields, UTF_8);
  }

  public static void errorResponse(ByteBuf out, ErrorFields fields, Charset charset) {
    fields(out, 'E', fields, charset);
  }

  public static void notice(ByteBuf out, ErrorFields fields) {
    fields(out, 'N', fields, UTF_8);
  }

  public static void notice(ByteBuf out, ErrorFields fields, Charset charset) {
    fields(out, 'N', fields, charset);
  }

  /// `status` is `I`, `T` or `E`.
  public static void readyForQuery(ByteBuf out, char status) {
    out.writeByte('Z').writeInt(1 + Integer.BYTES).writeByte(status);
  }

  public static void commandComplete(ByteBuf out, String tag) {
    int start = FrameWriting.begin(out, 'C');
    FrameWriting.string(out, tag, UTF_8);
    FrameWriting.end(out, start);
  }

  public static void rowDescription(ByteBuf out, List<FieldDescription> fields) {
    rowDescription(out, fields, UTF_8);
  }

  public static void rowDescription(ByteBuf out, List<FieldDescription> fields, Charset charset) {
    int start = FrameWriting.begin(out, 'T');
    FrameWriting.count(out, fields.size());
    for (FieldDescription field : fields) {
      FrameWriting.string(out, field.name(), charset);
      out.writeInt(field.tableOid()).writeShort(field.columnNumber());
      out.writeInt(field.typeOid()).writeShort(field.typeSize());
      out.writeInt(field.typeModifier()).writeShort(field.format());
    }
    FrameWriting.end(out, start);
  }

  public static void dataRow(ByteBuf out, List<byte @Nullable []> values) {
    int start = FrameWriting.begin(out, 'D');
    FrameWriting.count(out, values.size());
    for (byte @Nullable [] value : values) {
      FrameWriting.value(out, value);
    }
    FrameWriting.end(out, start);
  }

  public static void parameterStatus(ByteBuf out, String name, String value) {
    parameterStatus(out, name, value, UTF_8);
  }

  public static void parameterStatus(ByteBuf out, String name, String value, Charset charset) {
    int start = FrameWriting.begin(out, 'S');
    FrameWriting.string(out, name, charset);
    FrameWriting.string(out, value, charset);
    FrameWriting.end(out, start);
  }

  public static void backendKeyData(ByteBuf out, int processId, CancelKey key) {
    out.writeByte('K').writeInt(2 * Integer.BYTES + key.length()).writeInt(processId);
    key.write(out);
  }

  public static void authenticationOk(ByteBuf out) {
    authentication(out, 0, new byte[0]);
  }

  public static void authenticationCleartextPassword(ByteBuf out) {
    authentication(out, 3, new byte[0]);
  }

  public static void authenticationMd5Password(ByteBuf out, int salt) {
    out.writeByte('R').writeInt(3 * Integer.BYTES).writeInt(5).writeInt(salt);
  }

  public static void authenticationSasl(ByteBuf out, List<String> mechanisms) {
    int start = FrameWriting.begin(out, 'R');
    out.writeInt(10);
    for (String mechanism : mechanisms) {
      FrameWriting.string(out, mechanism, UTF_8);
    }
    out.writeByte(0);
    FrameWriting.end(out, start);
  }

  public static void authenticationSaslContinue(ByteBuf out, byte[] data) {
    authentication(out, 11, data);
  }

  public static void authenticationSaslFinal(ByteBuf out, byte[] data) {
    authentication(out, 12, data);
  }

  public static void parseComplete(ByteBuf out) {
    FrameWriting.empty(out, '1');
  }

  public static void bindComplete(ByteBuf out) {
    FrameWriting.empty(out, '2');
  }

  public static void closeComplete(ByteBuf out) {
    FrameWriting.empty(out, '3');
  }

  public static void noData(ByteBuf out) {
    FrameWriting.empty(out, 'n');
  }

  public static void portalSuspended(ByteBuf out) {
    FrameWriting.empty(out, 's');
  }

  public static void emptyQueryResponse(ByteBuf out) {
    FrameWriting.empty(out, 'I');
  }

  public static void parameterDescription(ByteBuf out, int[] typeOids) {
    int start = FrameWriting.begin(out, 't');
    FrameWriting.int32s(out, typeOids);
    FrameWriting.end(out, start);
  }

  /// `format` is 0 for text, 1 for binary; so are the columns'.
  public static void copyInResponse(ByteBuf out, int format, int[] columnFormats) {
    copyResponse(out, 'G', format, columnFormats);
  }

  public static void copyOutResponse(ByteBuf out, int format, int[] columnFormats) {
    copyResponse(out, 'H', format, columnFormats);
  }

  public static void copyBothResponse(ByteBuf out, int format, int[] columnFormats) {
    copyResponse(out, 'W', format, columnFormats);
  }

  public static void copyData(ByteBuf out, byte[] data) {
    FrontendWriter.copyData(out, data);
  }

  /// As [#copyData]; borrows `data` and leaves its indexes alone.
  public static void copyData(ByteBuf out, ByteBuf data) {
    FrontendWriter.copyData(out, data);
  }

  public static void copyDone(ByteBuf out) {
    FrameWriting.empty(out, 'c');
  }

  public static void functionCallResponse(ByteBuf out, byte @Nullable [] value) {
    int start = FrameWriting.begin(out, 'V');
    FrameWriting.value(out, value);
    FrameWriting.end(out, start);
  }

  public static void notificationResponse(ByteBuf out, int processId, String channel, String payload) {
    notificationResponse(out, processId, channel, payload, UTF_8);
  }

  public static void notificationResponse(
      ByteBuf out, int processId, String channel, String payload, Charset charset) {
    int start = FrameWriting.begin(out, 'A');
    out.writeInt(processId);
    FrameWriting.string(out, channel, charset);
    FrameWriting.string(out, payload, charset);
    FrameWriting.end(out, start);
  }

  /// `newestVersion` is the whole version, `major << 16 | minor`.
  public static void negotiateProtocolVersion(ByteBuf out, int newestVersion, List<String> unknownOptions) {
    int start = FrameWriting.begin(out, 'v');
    out.writeInt(newestVersion).writeInt(unknownOptions.size());
    for (String option : unknownOptions) {
      FrameWriting.string(out, option, UTF_8);
    }
    FrameWriting.end(out, start);
  }

  private static void copyResponse(ByteBuf out, char type, int format, int[] columnFormats) {
    int start = FrameWriting.begin(out, type);
    out.writeByte(format);
    FrameWriting.int16s(out, columnFormats);
    FrameWriting.end(out, start);
  }

  private static void authentication(ByteBuf out, int step, byte[] data) {
    int start = FrameWriting.begin(out, 'R');
    out.writeInt(step).writeBytes(data);
    FrameWriting.end(out, start);
  }

  private static void fields(ByteBuf out, char type, ErrorFields fields, Charset charset) {
    int start = FrameWriting.begin(out, type);
    fields
        .byType()
        .forEach(
            (field, text) -> {
              out.writeByte(field);
              FrameWriting.string(out, text, charset);
            });
    out.writeByte(0);
    FrameWriting.end(out, start);
  }
}
