package io.shardgate.directory.testing;

import io.shardgate.directory.etcd.EtcdPlace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A TCP relay between a client and one member, that can be slow, cut, or lose an answer.
/// Thread-safe: a virtual thread for each direction; switches are volatile.
public final class Relay implements AutoCloseable {
  private final ServerSocket listener;
  private final EtcdPlace.Member target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile long delayMillis;
  private volatile boolean cut;
  private volatile boolean losesAnswers;

  private Relay(ServerSocket listener, EtcdPlace.Member target) {
    this.listener = listener;
    this.target = target;
  }

  public static Relay to(EtcdPlace.Member target) {
    try {
      Relay relay = new Relay(new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1")), target);
      Thread.startVirtualThread(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where clients connect.
  public EtcdPlace.Member member() {
    return new EtcdPlace.Member("127.0.0.1", listener.getLocalPort());
  }

  /// Every packet of an answer comes that much later.
  public void delay(long millis) {
    delayMillis = millis;
  }

  /// Ends all connections, and new ones at once, until [#join].
  public void cut() {
    cut = true;
    endAll();
  }

  public void join() {
    losesAnswers = false;
    cut = false;
  }

  /// What etcd says gets lost from now on, until [#cut] ends the connections that miss it.
  public void loseAnswers() {
    losesAnswers = true;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        if (cut) {
          client.close();
          continue;
        }
        Socket server = new Socket(target.host(), target.port());
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(server);
        Thread.startVirtualThread(() -> pump(client, server, false));
        Thread.startVirtualThread(() -> pump(server, client, true));
      }
    } catch (IOException _) {
      // Closed.
    }
  }

  private void pump(Socket from, Socket to, boolean answers) {
    byte[] buffer = new byte[1 << 16];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (answers && losesAnswers) {
          continue;
        }
        if (answers && delayMillis > 0) {
          Thread.sleep(delayMillis);
        }
        out.write(buffer, 0, read);
      }
    } catch (IOException _) {
      // Either side has ended.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(from);
    }
  }

  private void endAll() {
    sockets.forEach(socket -> {
      try {
        socket.close();
      } catch (IOException _) {
        // It has ended.
      }
    });
  }

  @Override
  public void close() {
    cut();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
