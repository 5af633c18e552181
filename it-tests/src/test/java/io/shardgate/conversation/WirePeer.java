package io.shardgate.conversation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendReader;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A client that says and hears single protocol messages. Not thread-safe; owned by the test.
final class WirePeer implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 8_000;

  private final int port;
  private final Socket socket;
  private final DataInputStream in;
  private ByteBuf out = Unpooled.buffer();
  private int processId;
  private @Nullable CancelKey key;

  private WirePeer(int port) throws IOException {
    this.port = port;
    socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new DataInputStream(socket.getInputStream());
  }

  /// Logs in as `app`; `heard` gets what comes after the authentication, ReadyForQuery included.
  static WirePeer login(int port, String database, Map<String, String> parameters, Consumer<BackendMessage> heard) throws IOException {
    WirePeer peer = new WirePeer(port);
    Map<String, String> startup = new LinkedHashMap<>(Map.of("user", "app", "database", database));
    startup.putAll(parameters);
    peer.say(out -> FrontendWriter.startup(out, startup));
    peer.flush();
    ScramClient scram = ScramClient.withPassword("app");
    while (true) {
      BackendMessage message = peer.hear();
      switch (message) {
        case BackendMessage.AuthenticationSasl _ -> {
          peer.say(out -> FrontendWriter.saslInitial(out, "SCRAM-SHA-256", scram.first()));
          peer.flush();
        }
        case BackendMessage.AuthenticationSaslContinue more -> {
          byte[] response = scram.respond(more.data());
          peer.say(out -> FrontendWriter.saslResponse(out, response));
          peer.flush();
        }
        case BackendMessage.AuthenticationSaslFinal last -> scram.finish(last.data());
        case BackendMessage.AuthenticationOk _ -> {}
        case BackendMessage.BackendKeyData key -> {
          peer.processId = key.processId();
          peer.key = key.key();
        }
        default -> {
          heard.accept(message);
          if (message instanceof BackendMessage.ReadyForQuery || message instanceof BackendMessage.ErrorResponse) {
            return peer;
          }
        }
      }
    }
  }

  /// Adds a message to what goes out with the next [#flush].
  void say(Consumer<ByteBuf> message) {
    message.accept(out);
  }

  /// Sends what was said. A server that has closed the connection does not hear it, and says nothing: what it said before is heard still.
  void flush() throws IOException {
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    out = Unpooled.buffer();
    try {
      socket.getOutputStream().write(bytes);
    } catch (SocketException _) {
      return;
    }
  }

  /// The next message; null when the other side closed, or said nothing for too long.
  @Nullable BackendMessage hearOrNull() throws IOException {
    try {
      return hear();
    } catch (EOFException | SocketTimeoutException | SocketException silence) {
      return null;
    }
  }

  private BackendMessage hear() throws IOException {
    byte type = in.readByte();
    int length = in.readInt();
    ByteBuf frame = Unpooled.buffer(length + 1).writeByte(type).writeInt(length);
    byte[] body = new byte[length - 4];
    in.readFully(body);
    frame.writeBytes(body);
    return BackendReader.read(type, frame);
  }

  /// Everything up to and including a message of one of these kinds.
  @SafeVarargs
  final List<BackendMessage> hearUntil(Class<? extends BackendMessage>... last) throws IOException {
    List<BackendMessage> heard = new ArrayList<>();
    while (true) {
      BackendMessage message = hearOrNull();
      if (message == null) {
        return heard;
      }
      heard.add(message);
      for (Class<?> each : last) {
        if (each.isInstance(message)) {
          return heard;
        }
      }
    }
  }

  /// Asks the server to cancel what this client runs, and waits until the request was taken.
  void cancel() throws IOException {
    try (Socket other = new Socket("127.0.0.1", port)) {
      ByteBuf request = Unpooled.buffer();
      FrontendWriter.cancel(request, processId, Objects.requireNonNull(key));
      other.getOutputStream().write(request.array(), 0, request.readableBytes());
      other.getInputStream().read();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
