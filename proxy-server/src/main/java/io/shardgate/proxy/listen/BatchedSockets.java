package io.shardgate.proxy.listen;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.function.BooleanSupplier;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/// Sockets that have only so much for the driver in one turn of an [Ear].
/// Immutable.
///
/// The driver gathers notifications for as long as more are there to be read, and gives them away only then: a server that is faster than it would fill the memory. It
/// asks whether there is more when it has read a message and nothing behind it, by [InputStream#available], and where that says no, by a read of [#LOOK_MILLIS].
///
///     from [#BATCH_BYTES] on    single bytes, so that nothing is read behind the end of a message; both questions find nothing
///     from [#TURN_BYTES_MAX] on the connection breaks
///
/// It comes to the latter under TLS, where the driver sees records, of which hardly one ends with a message; and where it reads up to the answer to a LISTEN, behind
/// all that was notified before.
public final class BatchedSockets extends SocketFactory {
  /// What is gathered in one turn, and the rest of a message.
  static final int BATCH_BYTES = 256 << 10;

  /// What is gathered in one turn at the most.
  static final int TURN_BYTES_MAX = 64 << 20;

  /// No other read of the driver has so little time.
  private static final int LOOK_MILLIS = 1;

  private static final int BUFFER_BYTES = 16 << 10;

  /// For the driver, which makes it by its name.
  public BatchedSockets() {}

  @Override
  public Socket createSocket() {
    return new BatchedSocket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
    return connected(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
    return connected(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  private static Socket connected(InetSocketAddress to, @Nullable InetSocketAddress from) throws IOException {
    Socket socket = new BatchedSocket();
    if (from != null) {
      socket.bind(from);
    }
    socket.connect(to);
    return socket;
  }

  /// Not thread-safe; owned by the connection's thread.
  private static final class BatchedSocket extends Socket {
    private int timeoutMillis;
    private @Nullable Turns in;

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
      super.setSoTimeout(timeout);
      timeoutMillis = timeout;
      if (in != null && timeout == Ear.TURN_MILLIS) {
        in.begin(true);
      } else if (in != null && timeout == Ear.SAYING_MILLIS && in.inBatches) { // the driver sets it again after each look
        in.begin(false);
      }
    }

    @Override
    public InputStream getInputStream() throws IOException {
      Turns now = in;
      if (now == null) {
        now = new Turns(new BufferedInputStream(super.getInputStream(), BUFFER_BYTES), () -> timeoutMillis == LOOK_MILLIS);
        in = now;
      }
      return now;
    }
  }

  /// Not thread-safe; owned by the connection's thread.
  private static final class Turns extends FilterInputStream {
    private final BooleanSupplier looks;
    private boolean inBatches = true;
    private int inTurn;

    Turns(InputStream in, BooleanSupplier looks) {
      super(in);
      this.looks = looks;
    }

    void begin(boolean batched) {
      inBatches = batched;
      inTurn = 0;
    }

    private boolean isBatchFull() {
      return inBatches && inTurn >= BATCH_BYTES;
    }

    @Override
    public int available() throws IOException {
      return isBatchFull() ? 0 : super.available();
    }

    @Override
    public int read() throws IOException {
      requireRoom();
      int read = super.read();
      inTurn += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      requireRoom();
      int read = super.read(into, offset, isBatchFull() ? Math.min(1, length) : length);
      inTurn += Math.max(0, read);
      return read;
    }

    private void requireRoom() throws IOException {
      if (inTurn >= TURN_BYTES_MAX) {
        throw new IOException("more than " + TURN_BYTES_MAX + " bytes came without a pause");
      }
      if (isBatchFull() && looks.getAsBoolean()) {
        throw new SocketTimeoutException("enough for one turn");
      }
    }
  }
}
