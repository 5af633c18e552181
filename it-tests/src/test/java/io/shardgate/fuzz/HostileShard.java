package io.shardgate.fuzz;

import io.shardgate.proxy.pool.Likeness;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Stands between the proxy and a PostgreSQL, and once says what it likes instead. Connections of the service role are left alone.
/// Thread-safe: a virtual thread for each direction; what to say is one atomic reference.
final class HostileShard {
  /// When the bytes are said.
  enum Moment {
    /// In answer to the next message of a session, then the connection is closed.
    ANSWER_AND_CLOSE,
    /// In front of the server's true answer.
    BEFORE_THE_ANSWER,
    /// In answer to the next startup packet, then the connection is closed.
    LOGIN
  }

  private record Lie(Moment moment, byte[] bytes) {}

  private final ServerSocket listener;
  private final AtomicReference<@Nullable Lie> lie = new AtomicReference<>();
  private final Set<Socket> sessions = ConcurrentHashMap.newKeySet();
  private volatile int target;

  private HostileShard(ServerSocket listener) {
    this.listener = listener;
  }

  static HostileShard open() {
    try {
      HostileShard made = new HostileShard(new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1")));
      Thread.startVirtualThread(made::accept);
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /// The port of the true server.
  void target(int port) {
    target = port;
  }

  /// Says these bytes once.
  void say(Moment moment, byte[] bytes) {
    lie.set(new Lie(moment, bytes));
  }

  /// Whether they were said.
  boolean hasSaid() {
    return lie.get() == null;
  }

  /// From now on an honest relay; connections of sessions are ended.
  void repent() {
    lie.set(null);
    sessions.forEach(HostileShard::close);
  }

  private void accept() {
    try {
      while (true) {
        Socket proxy = listener.accept();
        proxy.setTcpNoDelay(true);
        Thread.startVirtualThread(() -> serve(proxy));
      }
    } catch (IOException _) {
      // Closed.
    }
  }

  private void serve(Socket proxy) {
    try (proxy; Socket server = new Socket("127.0.0.1", target)) {
      server.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(proxy.getInputStream());
      int length = in.readInt();
      byte[] rest = new byte[length - Integer.BYTES];
      in.readFully(rest);
      boolean service = new String(rest, StandardCharsets.UTF_8).contains("user\0" + PostgresServer.SUPERUSER);
      if (!service) {
        sessions.add(proxy);
        Lie said = take(Moment.LOGIN);
        if (said != null) {
          proxy.getOutputStream().write(said.bytes);
          return;
        }
      }
      server.getOutputStream().write(java.nio.ByteBuffer.allocate(length).putInt(length).put(rest).array());
      Thread.startVirtualThread(() -> pump(server, proxy));
      requests(in, proxy, server, service);
    } catch (IOException _) {
      // Either side has ended.
    } finally {
      sessions.remove(proxy);
    }
  }

  private void requests(InputStream in, Socket proxy, Socket server, boolean service) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      // Messages of the login are type p; its last is the proxy's own question.
      if (!service && buffer[0] != 'p' && !new String(buffer, 0, read, StandardCharsets.UTF_8).contains(Likeness.QUERY)) {
        Lie closing = take(Moment.ANSWER_AND_CLOSE);
        if (closing != null) {
          proxy.getOutputStream().write(closing.bytes);
          return;
        }
        Lie before = take(Moment.BEFORE_THE_ANSWER);
        if (before != null) {
          proxy.getOutputStream().write(before.bytes);
        }
      }
      server.getOutputStream().write(buffer, 0, read);
    }
  }

  private @Nullable Lie take(Moment moment) {
    Lie planned = lie.get();
    return planned != null && planned.moment == moment && lie.compareAndSet(planned, null) ? planned : null;
  }

  private static void pump(Socket from, Socket to) {
    byte[] buffer = new byte[1 << 16];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException _) {
      // Either side has ended.
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It has ended.
    }
  }
}
