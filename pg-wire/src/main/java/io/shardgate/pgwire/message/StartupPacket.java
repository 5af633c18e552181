package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The untyped packets that open a connection.
/// Immutable.
///
///     0                4
///     | length (int32) | code (int32) | body …        length counts itself
public sealed interface StartupPacket {
  /// The code of an [SslRequest]: "protocol 1234.5679".
  int SSL_REQUEST_CODE = 80877103;

  /// The code of a [GssEncRequest].
  int GSSENC_REQUEST_CODE = 80877104;

  /// The code of a [CancelRequest].
  int CANCEL_REQUEST_CODE = 80877102;

  /// Protocol 3.0, the code of a [Startup] we write.
  int PROTOCOL_3_0 = 3 << 16;

  /// The newest minor version that is spoken: 3.2, in which cancel keys are long.
  int MINOR_MAX = 2;

  /// Asks whether the server talks TLS; the answer is one byte, `S` or `N`.
  record SslRequest() implements StartupPacket {}

  /// Asks whether the server talks GSSAPI encryption; the answer is one byte, `G` or `N`.
  record GssEncRequest() implements StartupPacket {}

  /// Asks to end what another connection is doing; never answered.
  record CancelRequest(int processId, CancelKey key) implements StartupPacket {}

  /// Opens a session. `parameters` keep their order.
  record Startup(int majorVersion, int minorVersion, Map<String, String> parameters)
      implements StartupPacket {
    public Startup {
      parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }
  }

  /// Reads one whole packet, length included; moves its reader index. Throws [MalformedMessageException].
  static StartupPacket read(ByteBuf packet) {
    if (packet.readableBytes() < 2 * Integer.BYTES || packet.readInt() != packet.readableBytes() + Integer.BYTES) {
      throw new MalformedMessageException("invalid length of startup packet");
    }
    int code = packet.readInt();
    return switch (code) {
      case SSL_REQUEST_CODE -> new SslRequest();
      case GSSENC_REQUEST_CODE -> new GssEncRequest();
      case CANCEL_REQUEST_CODE -> readCancel(packet);
      default -> readStartup(code, packet);
    };
  }

  private static CancelRequest readCancel(ByteBuf packet) {
    if (packet.readableBytes() < Integer.BYTES) {
      throw new MalformedMessageException("invalid length of cancel request packet");
    }
    int processId = packet.readInt();
    byte[] key = new byte[packet.readableBytes()];
    packet.readBytes(key);
    return new CancelRequest(processId, CancelKey.of(key));
  }

  private static Startup readStartup(int code, ByteBuf packet) {
    int major = code >>> 16;
    int minor = code & 0xffff;
    if (major != 3) {
      throw new MalformedMessageException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "unsupported frontend protocol %d.%d: server supports 3.0 to 3.%d".formatted(major, minor, MINOR_MAX));
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    while (packet.isReadable() && packet.getByte(packet.readerIndex()) != 0) {
      String name = readString(packet);
      parameters.put(name, readString(packet));
    }
    if (packet.readableBytes() != 1) {
      throw badLayout();
    }
    packet.skipBytes(1);
    return new Startup(major, minor, parameters);
  }

  private static String readString(ByteBuf packet) {
    int length = packet.bytesBefore((byte) 0);
    if (length < 0) {
      throw badLayout();
    }
    String text = packet.toString(packet.readerIndex(), length, StandardCharsets.UTF_8);
    packet.skipBytes(length + 1);
    return text;
  }

  private static MalformedMessageException badLayout() {
    return new MalformedMessageException("invalid startup packet layout: expected terminator as last byte");
  }
}
