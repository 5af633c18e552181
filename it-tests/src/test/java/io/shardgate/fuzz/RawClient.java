package io.shardgate.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Reads what the proxy says to a client that may have said anything: messages cut by their lengths, without a look inside but for what has to be compared.
final class RawClient {
  private static final int LONGEST_ANSWER_BYTES = 64 << 20;

  private RawClient() {}

  /// What came, and how it ended: `closed`, `ready` (where it is waited for) or `silence`.
  record Heard(List<String> messages, String end) {}

  /// Reads messages until the proxy closes, or to ReadyForQuery, or until nothing comes for that long.
  static Heard read(WireClient client, boolean toReady, int silenceMillis) throws IOException {
    List<String> messages = new ArrayList<>();
    InputStream socket = client.socket().getInputStream();
    client.socket().setSoTimeout(silenceMillis);
    DataInputStream in = new DataInputStream(socket);
    try {
      while (true) {
        byte type = in.readByte();
        int length = in.readInt();
        if (length < Integer.BYTES || length > LONGEST_ANSWER_BYTES) {
          throw new AssertionError("a message \"" + (char) type + "\" of " + length + " bytes after " + messages);
        }
        byte[] body = new byte[length - Integer.BYTES];
        in.readFully(body);
        told(type, body, messages);
        if (toReady && type == 'Z') {
          return new Heard(messages, "ready");
        }
      }
    } catch (EOFException | SocketException _) {
      return new Heard(messages, "closed");
    } catch (SocketTimeoutException _) {
      return new Heard(messages, "silence");
    }
  }

  /// What may differ from run to run is left out: notices, parameters, the texts of errors.
  private static void told(byte type, byte[] body, List<String> messages) {
    switch (type) {
      case 'N', 'S', 'K', 'A' -> {}
      case 'E' -> messages.add("error " + code(body));
      case 'R' -> messages.add("authentication");
      case 'C' -> messages.add("complete " + new String(body, StandardCharsets.UTF_8));
      case 'Z', 'D', 'd', 'T', 't' -> messages.add((char) type + " " + HexFormat.of().formatHex(body));
      default -> messages.add(Character.toString(type & 0xff));
    }
  }

  /// The SQLSTATE of an error, which has to be one that can be read.
  private static String code(byte[] body) {
    ByteBuf frame = Unpooled.buffer().writeByte('E').writeInt(Integer.BYTES + body.length).writeBytes(body);
    return ((BackendMessage.ErrorResponse) BackendReader.read((byte) 'E', frame)).fields().code();
  }
}
