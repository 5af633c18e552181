package io.shardgate.bench.rig;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendReader;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// Clients that have logged in and say nothing. Not thread-safe; owned by its maker, who closes it.
final class IdleClients implements AutoCloseable {
  /// Logins at one time.
  private static final int AT_ONCE = 32;

  private static final int HEADER_BYTES = 5;

  private final List<Socket> sockets;

  private IdleClients(List<Socket> sockets) {
    this.sockets = sockets;
  }

  /// Logs so many in, as `app`.
  static IdleClients open(int port, int count) throws IOException, InterruptedException {
    Semaphore turns = new Semaphore(AT_ONCE);
    List<Future<Socket>> logins = new ArrayList<>();
    List<Socket> sockets = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) { // virtual threads share carriers, which wait in reads of the contestants' output
      for (int i = 0; i < count; i++) {
        turns.acquire();
        logins.add(threads.submit(() -> {
          try {
            return login(port);
          } finally {
            turns.release();
          }
        }));
      }
      for (Future<Socket> login : logins) {
        sockets.add(login.get());
      }
    } catch (ExecutionException e) {
      throw new IOException("client " + sockets.size() + " could not log in", e.getCause());
    }
    return new IdleClients(sockets);
  }

  private static Socket login(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.startup(out, Map.of("user", "app", "database", "app"));
    send(socket, out);
    ScramClient scram = ScramClient.withPassword("app");
    while (true) {
      BackendMessage message = read(in);
      ByteBuf answer = Unpooled.buffer();
      switch (message) {
        case BackendMessage.AuthenticationSasl _ -> FrontendWriter.saslInitial(answer, ScramServer.MECHANISM_NAME, scram.first());
        case BackendMessage.AuthenticationSaslContinue next -> FrontendWriter.saslResponse(answer, scram.respond(next.data()));
        case BackendMessage.ErrorResponse error -> throw new IOException(error.fields().message());
        case BackendMessage.ReadyForQuery _ -> {
          return socket;
        }
        default -> {} // parameters and keys
      }
      send(socket, answer);
    }
  }

  private static BackendMessage read(DataInputStream in) throws IOException {
    byte type = in.readByte();
    int length = in.readInt();
    byte[] frame = new byte[1 + length];
    in.readFully(frame, HEADER_BYTES, length - Integer.BYTES);
    ByteBuf whole = Unpooled.wrappedBuffer(frame);
    whole.setByte(0, type).setInt(1, length);
    return BackendReader.read(type, whole);
  }

  private static void send(Socket socket, ByteBuf out) throws IOException {
    socket.getOutputStream().write(out.array(), out.arrayOffset(), out.readableBytes());
  }

  @Override
  public void close() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
