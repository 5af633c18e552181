package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what a server sent: one whole frame in, one [BackendMessage] out.
public final class BackendReader {
  private BackendReader() {}

  /// Reads a frame whose text is UTF-8.
  public static BackendMessage read(byte type, ByteBuf frame) {
    return read(type, frame, StandardCharsets.UTF_8);
  }

  /// Reads a frame that stands at its type byte; moves its reader index. Throws [MalformedMessageException].
  public static BackendMessage read(byte type, ByteBuf frame, Charset charset) {
    if (type == 'E') {
      return new BackendMessage.ErrorResponse(ErrorFields.read(frame, charset));
    }
    if (type == 'N') {
      return new BackendMessage.NoticeResponse(ErrorFields.read(frame, charset));
    }
    FrameCursor cursor = new FrameCursor(frame, charset);
    BackendMessage message = readBody(type, cursor);
    cursor.end();
    return message;
  }

  private static BackendMessage readBody(byte type, FrameCursor cursor) {
    return switch (type) {
      case '1' -> new BackendMessage.ParseComplete();
      case '2' -> new BackendMessage.BindComplete();
      case '3' -> new BackendMessage.CloseComplete();
      case 'A' ->
          new BackendMessage.NotificationResponse(cursor.readInt32(), cursor.readString(), cursor.readString());
      case 'C' -> new BackendMessage.CommandComplete(cursor.readString());
      case 'D' -> readDataRow(cursor);
      case 'G' -> new BackendMessage.CopyInResponse(cursor.readByte(), readFormats(cursor));
      case 'H' -> new BackendMessage.CopyOutResponse(cursor.readByte(), readFormats(cursor));
      case 'I' -> new BackendMessage.EmptyQueryResponse();
      case 'K' -> new BackendMessage.BackendKeyData(cursor.readInt32(), CancelKey.of(cursor.readRemaining()));
      case 'R' -> readAuthentication(cursor);
      case 'S' -> new BackendMessage.ParameterStatus(cursor.readString(), cursor.readString());
      case 'T' -> readRowDescription(cursor);
      case 'V' -> new BackendMessage.FunctionCallResponse(cursor.readValue());
      case 'W' -> new BackendMessage.CopyBothResponse(cursor.readByte(), readFormats(cursor));
      case 'Z' -> readReadyForQuery(cursor);
      case 'c' -> new BackendMessage.CopyDone();
      case 'd' -> new BackendMessage.CopyData(cursor.readRemaining());
      case 'n' -> new BackendMessage.NoData();
      case 's' -> new BackendMessage.PortalSuspended();
      case 't' -> new BackendMessage.ParameterDescription(cursor.readInt32s(cursor.readUnsignedInt16()));
      case 'v' -> readNegotiation(cursor);
      default -> throw new MalformedMessageException("invalid backend message type " + (type & 0xff));
    };
  }

  private static BackendMessage.DataRow readDataRow(FrameCursor cursor) {
    int count = cursor.readUnsignedInt16();
    List<byte @Nullable []> values = new ArrayList<>(Math.min(count, cursor.remaining() / Integer.BYTES));
    for (int i = 0; i < count; i++) {
      values.add(cursor.readValue());
    }
    return new BackendMessage.DataRow(values);
  }

  private static BackendMessage.RowDescription readRowDescription(FrameCursor cursor) {
    int count = cursor.readUnsignedInt16();
    List<FieldDescription> fields = new ArrayList<>(Math.min(count, cursor.remaining()));
    for (int i = 0; i < count; i++) {
      fields.add(
          new FieldDescription(
              cursor.readString(),
              cursor.readInt32(),
              cursor.readInt16(),
              cursor.readInt32(),
              cursor.readInt16(),
              cursor.readInt32(),
              cursor.readInt16()));
    }
    return new BackendMessage.RowDescription(fields);
  }

  private static BackendMessage.Authentication readAuthentication(FrameCursor cursor) {
    int step = cursor.readInt32();
    return switch (step) {
      case 0 -> new BackendMessage.AuthenticationOk();
      case 2 -> new BackendMessage.AuthenticationKerberosV5();
      case 3 -> new BackendMessage.AuthenticationCleartextPassword();
      case 5 -> new BackendMessage.AuthenticationMd5Password(cursor.readInt32());
      case 7 -> new BackendMessage.AuthenticationGss();
      case 8 -> new BackendMessage.AuthenticationGssContinue(cursor.readRemaining());
      case 9 -> new BackendMessage.AuthenticationSspi();
      case 10 -> readMechanisms(cursor);
      case 11 -> new BackendMessage.AuthenticationSaslContinue(cursor.readRemaining());
      case 12 -> new BackendMessage.AuthenticationSaslFinal(cursor.readRemaining());
      default -> throw new MalformedMessageException("authentication method " + step + " not supported");
    };
  }

  private static BackendMessage.AuthenticationSasl readMechanisms(FrameCursor cursor) {
    List<String> mechanisms = new ArrayList<>();
    for (String name = cursor.readString(); !name.isEmpty(); name = cursor.readString()) {
      mechanisms.add(name);
    }
    return new BackendMessage.AuthenticationSasl(mechanisms);
  }

  private static BackendMessage.ReadyForQuery readReadyForQuery(FrameCursor cursor) {
    byte status = cursor.readByte();
    return switch (status) {
      case 'I', 'T', 'E' -> new BackendMessage.ReadyForQuery((char) status);
      default -> throw new MalformedMessageException("invalid transaction status " + status);
    };
  }

  private static BackendMessage.NegotiateProtocolVersion readNegotiation(FrameCursor cursor) {
    int newest = cursor.readInt32();
    int count = cursor.readInt32();
    List<String> options = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      options.add(cursor.readString());
    }
    return new BackendMessage.NegotiateProtocolVersion(newest, options);
  }

  private static int[] readFormats(FrameCursor cursor) {
    return cursor.readUnsignedInt16s(cursor.readUnsignedInt16());
  }
}
