package io.shardgate.cluster;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.BackendKeyData;
import io.shardgate.pgwire.message.BackendMessage.DataRow;
import io.shardgate.pgwire.message.BackendMessage.ErrorResponse;
import io.shardgate.pgwire.message.BackendMessage.ReadyForQuery;
import io.shardgate.pgwire.message.BackendReader;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A client that sends any bytes and reads whole messages, one by one.
/// Not thread-safe; owned by the test.
public final class WireClient implements AutoCloseable {
  private static final int READ_TIMEOUT_MILLIS = 20_000;
  private static final int LENGTH_BYTES = 4;

  private Socket socket;
  private DataInputStream in;
  private @Nullable BackendKeyData key;
  private final List<BackendMessage> greeting = new ArrayList<>();

  private WireClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  /// Opens a TCP connection to this machine and sends nothing.
  public static WireClient open(int port) {
    try {
      Socket socket = new Socket();
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return new WireClient(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A client that has logged in.
  public static WireClient login(int port, String role, String password, String database) {
    WireClient client = open(port);
    ErrorFields refused = client.startup(Map.of("user", role, "database", database), password).orElse(null);
    if (refused != null) {
      client.close();
      throw new IllegalStateException(refused.toString());
    }
    return client;
  }

  /// Sends a startup packet and proves the password when asked; reads up to ReadyForQuery or the error that it gets instead.
  public Optional<ErrorFields> startup(Map<String, String> parameters, String password) {
    return startup(0, parameters, ScramClient.withPassword(password));
  }

  /// The same with a proof of the caller's choice.
  public Optional<ErrorFields> startup(Map<String, String> parameters, ScramClient scram) {
    return startup(0, parameters, scram);
  }

  /// The same by protocol 3.`minorVersion`.
  public Optional<ErrorFields> startup(int minorVersion, Map<String, String> parameters, ScramClient scram) {
    send(out -> FrontendWriter.startup(out, minorVersion, parameters));
    while (true) {
      BackendMessage message = read();
      greeting.add(message);
      switch (message) {
        case BackendMessage.AuthenticationSasl _ ->
            send(out -> FrontendWriter.saslInitial(out, "SCRAM-SHA-256", scram.first()));
        case BackendMessage.AuthenticationSaslContinue next ->
            send(out -> FrontendWriter.saslResponse(out, scram.respond(next.data())));
        case BackendMessage.AuthenticationSaslFinal last -> scram.finish(last.data());
        case BackendKeyData data -> key = data;
        case ErrorResponse error -> {
          return Optional.of(error.fields());
        }
        case ReadyForQuery _ -> {
          return Optional.empty();
        }
        default -> {}
      }
    }
  }

  /// What the login was answered with.
  public List<BackendMessage> greeting() {
    return List.copyOf(greeting);
  }

  /// What a CancelRequest for this client must name.
  public BackendKeyData key() {
    if (key == null) {
      throw new IllegalStateException("not logged in");
    }
    return key;
  }

  /// Sends what the writer writes, in one piece.
  public WireClient send(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer();
    writer.accept(out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return sendBytes(bytes);
  }

  public WireClient sendBytes(byte... bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends a simple Query.
  public WireClient sendQuery(String sql) {
    return send(out -> FrontendWriter.query(out, sql.getBytes(StandardCharsets.UTF_8)));
  }

  /// Sends a simple Query and reads its whole answer, ReadyForQuery included.
  public List<BackendMessage> query(String sql) {
    return sendQuery(sql).readToReady();
  }

  /// The error of a simple Query; fails when there is none.
  public ErrorFields error(String sql) {
    return errorIn(query(sql));
  }

  /// The first error among messages; fails when there is none.
  public static ErrorFields errorIn(List<BackendMessage> messages) {
    return messages.stream()
        .filter(ErrorResponse.class::isInstance)
        .map(message -> ((ErrorResponse) message).fields())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no error in " + messages));
  }

  /// The first value of the first row of a simple Query.
  public String value(String sql) {
    List<BackendMessage> answer = query(sql);
    return answer.stream()
        .filter(DataRow.class::isInstance)
        .map(message -> text(((DataRow) message).values().getFirst()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row in " + answer));
  }

  /// The rows of a simple Query, each with its values joined by bars.
  public List<String> rows(String sql) {
    return rowsIn(query(sql));
  }

  /// The rows among messages, each with its values joined by bars.
  public static List<String> rowsIn(List<BackendMessage> messages) {
    return messages.stream()
        .filter(DataRow.class::isInstance)
        .map(row -> String.join("|", ((DataRow) row).values().stream().map(WireClient::text).toList()))
        .toList();
  }

  private static String text(byte @Nullable [] value) {
    return value == null ? "NULL" : new String(value, StandardCharsets.UTF_8);
  }

  /// The next message. Waits for 20 seconds at most.
  public BackendMessage read() {
    try {
      byte type = in.readByte();
      int length = in.readInt();
      byte[] body = new byte[length - LENGTH_BYTES];
      in.readFully(body);
      ByteBuf frame = Unpooled.buffer(1 + length).writeByte(type).writeInt(length).writeBytes(body);
      return BackendReader.read(type, frame);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The next message, which has to be of this class. Notices before it are passed over.
  public <M extends BackendMessage> M read(Class<M> expected) {
    while (true) {
      BackendMessage message = read();
      if (expected.isInstance(message)) {
        return expected.cast(message);
      }
      if (!(message instanceof BackendMessage.NoticeResponse)) {
        throw new AssertionError("got " + message + " (expected: " + expected.getSimpleName() + ")");
      }
    }
  }

  /// All messages up to ReadyForQuery, which is the last one.
  public List<BackendMessage> readToReady() {
    List<BackendMessage> messages = new ArrayList<>();
    do {
      messages.add(read());
    } while (!(messages.getLast() instanceof ReadyForQuery));
    return messages;
  }

  /// All messages until the server closes the connection.
  public List<BackendMessage> readToEnd() {
    List<BackendMessage> messages = new ArrayList<>();
    while (true) {
      try {
        messages.add(read());
      } catch (UncheckedIOException e) {
        if (e.getCause() instanceof SocketTimeoutException) {
          throw new AssertionError("not closed after " + messages, e);
        }
        if (e.getCause() instanceof EOFException || e.getCause() instanceof SocketException) {
          return messages;
        }
        throw e;
      }
    }
  }

  /// One byte that is no message: the answer to SSLRequest.
  public char readByte() {
    try {
      return (char) in.readByte();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Whether nothing comes for that long.
  public boolean isSilentFor(int millis) {
    try {
      socket.setSoTimeout(millis);
      int next = socket.getInputStream().read();
      throw new AssertionError("got byte " + next + " (expected: silence)");
    } catch (SocketTimeoutException e) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      restoreTimeout();
    }
  }

  private void restoreTimeout() {
    try {
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Socket socket() {
    return socket;
  }

  /// Goes on over another socket, which wraps the first: TLS.
  public void upgrade(Socket wrapped) {
    try {
      socket = wrapped;
      in = new DataInputStream(wrapped.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Ends with a TCP reset, as a machine that lost power and came back.
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Closes without Terminate.
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
