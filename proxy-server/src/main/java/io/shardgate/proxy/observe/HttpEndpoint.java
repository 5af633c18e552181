package io.shardgate.proxy.observe;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The HTTP port: `/metrics`, `/health/live`, `/health/ready`.
///
/// Thread-safe: one event loop of its own, so that a scrape never delays a client.
public final class HttpEndpoint implements AutoCloseable {

  private static final int CONNECTIONS_MAX = 256;
  private static final int REQUEST_BYTES_MAX = 8 << 10;
  private static final int IDLE_SECONDS = 60;

  private final EventLoopGroup loop;
  private final Channel channel;

  private HttpEndpoint(EventLoopGroup loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
  }

  /// Opens the port.
  ///
  /// @param port 0 takes any free port
  /// @throws IOException when the port cannot be opened; the message names it
  public static HttpEndpoint open(String host, int port, ProxyMetrics metrics, Health health) throws IOException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
    AtomicInteger connections = new AtomicInteger();
    var bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel child) {
                    var _ = child.closeFuture().addListener(_ -> connections.decrementAndGet());
                    if (connections.incrementAndGet() > CONNECTIONS_MAX) {
                      var _ = child.close();
                      return;
                    }
                    child
                        .pipeline()
                        .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(REQUEST_BYTES_MAX))
                        .addLast(new HttpRequestHandler(metrics, health));
                  }
                })
            .bind(host, port)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException("HTTP port " + host + ":" + port + " cannot be opened: " + bound.cause().getMessage(), bound.cause());
    }
    return new HttpEndpoint(loop, bound.channel());
  }

  /// The port that is really listened on.
  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
