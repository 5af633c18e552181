package io.shardgate.proxy.pool;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/// How bytes reach the kernel: the I/O handler of an event loop and the channel classes that go with it.
/// Immutable.
///
/// @param name `epoll`, `io_uring` or `nio`, for the start-up line
/// @param handlers makes one I/O handler for each event loop
public record Transport(
    String name,
    Supplier<IoHandlerFactory> handlers,
    Class<? extends SocketChannel> socket,
    Class<? extends ServerSocketChannel> serverSocket) {

  private static final int KEEP_IDLE_SECONDS = 30;
  private static final int KEEP_INTERVAL_SECONDS = 10;
  private static final int KEEP_PROBES = 3;
  private static final int UNACKNOWLEDGED_MILLIS = 30_000;

  /// Epoll where the kernel has it, else NIO. io_uring only when asked for by name.
  public static Transport best() {
    return Epoll.isAvailable() ? epoll() : nio();
  }

  /// The transport of that name (`auto`, `epoll`, `io_uring`, `nio`).
  ///
  /// @throws IllegalArgumentException when the name is unknown or this machine can't do it
  public static Transport named(String name) {
    return switch (name) {
      case "auto" -> best();
      case "nio" -> nio();
      case "epoll" -> available(name, Epoll.isAvailable(), Epoll.unavailabilityCause(), Transport::epoll);
      case "io_uring" -> available(name, IoUring.isAvailable(), IoUring.unavailabilityCause(), Transport::ioUring);
      default -> throw new IllegalArgumentException(
          "unknown transport \"" + name + "\" (expected: auto, epoll, io_uring, nio)");
    };
  }

  public static Transport nio() {
    return new Transport("nio", NioIoHandler::newFactory, NioSocketChannel.class, NioServerSocketChannel.class);
  }

  private static Transport epoll() {
    return new Transport(
        "epoll", EpollIoHandler::newFactory, EpollSocketChannel.class, EpollServerSocketChannel.class);
  }

  private static Transport ioUring() {
    return new Transport(
        "io_uring", IoUringIoHandler::newFactory, IoUringSocketChannel.class, IoUringServerSocketChannel.class);
  }

  private static Transport available(
      String name, boolean available, @Nullable Throwable cause, Supplier<Transport> made) {
    if (!available) {
      throw new IllegalArgumentException(name + " is not available on this machine: " + reason(cause) + " (auto takes what is)", cause);
    }
    return made.get();
  }

  /// What is behind it all, such as the kernel's refusal.
  private static String reason(@Nullable Throwable cause) {
    Throwable last = cause;
    while (last != null && last.getCause() != null) {
      last = last.getCause();
    }
    return last == null || last.getMessage() == null ? "unknown" : last.getMessage();
  }

  /// Event loops of this transport, on threads named `<prefix>-<n>`.
  public MultiThreadIoEventLoopGroup eventLoops(int threads, String prefix) {
    return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(prefix), handlers.get());
  }

  /// Makes the kernel find a peer that is gone without a word (cut cable, dead host): within about a minute when idle, within half a minute
  /// when data is not acknowledged.
  public void keepAlive(Channel channel) {
    ChannelConfig config = channel.config();
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    if (channel instanceof EpollSocketChannel) {
      config.setOption(EpollChannelOption.TCP_KEEPIDLE, KEEP_IDLE_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPINTVL, KEEP_INTERVAL_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPCNT, KEEP_PROBES);
      config.setOption(EpollChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS);
    } else if (channel instanceof IoUringSocketChannel) {
      config.setOption(IoUringChannelOption.TCP_KEEPIDLE, KEEP_IDLE_SECONDS);
      config.setOption(IoUringChannelOption.TCP_KEEPINTVL, KEEP_INTERVAL_SECONDS);
      config.setOption(IoUringChannelOption.TCP_KEEPCNT, KEEP_PROBES);
      config.setOption(IoUringChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS);
    } else {
      config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), KEEP_IDLE_SECONDS);
      config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), KEEP_INTERVAL_SECONDS);
      config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), KEEP_PROBES);
    }
  }
}
