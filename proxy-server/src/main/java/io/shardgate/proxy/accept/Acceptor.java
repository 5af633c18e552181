package io.shardgate.proxy.accept;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.pool.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;

/// The listening port.
/// Thread-safe: the channel does the work; where clients go is a volatile field.
public final class Acceptor implements AutoCloseable {
  /// A client that does not read gets no more than this much of a result buffered for it.
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(128 << 10, 512 << 10);

  private static final int BACKLOG = 4096;

  private final Channel channel;
  private final Way way;

  private Acceptor(Channel channel, Way way) {
    this.channel = channel;
    this.way = way;
  }

  /// Where clients go. Thread-safe: one volatile field.
  private static final class Way {
    private volatile Entrance entrance;

    Way(Entrance entrance) {
      this.entrance = entrance;
    }
  }

  /// Opens the port.
  ///
  /// @param tls what clients are offered for TLS; lent
  /// @param logins has the connections until they have logged in
  /// @throws IOException when it can't be opened; the message names it
  public static Acceptor open(ProxyConfig.Address address, EventLoopGroup loops, Transport transport, TlsOffer tls, Logins logins, Entrance first)
      throws IOException {
    Way way = new Way(first);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(transport.serverSocket())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel client) {
                    transport.keepAlive(client);
                    ServerTls offered = tls.current();
                    ClientDoor door = new ClientDoor(() -> way.entrance, offered);
                    if (offered != null) {
                      client.pipeline().addLast("direct tls", new DirectTls(offered.context(), door));
                    }
                    client.pipeline().addLast("door", door);
                    logins.arrived(client);
                  }
                });
    var bound = bootstrap.bind(address.host(), address.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "port " + address + " cannot be opened: " + bound.cause().getMessage(), bound.cause());
    }
    return new Acceptor(bound.channel(), way);
  }

  /// From now on clients go there, but for those that have said already who they are.
  public void admitTo(Entrance next) {
    way.entrance = next;
  }

  /// The port that is really listened on.
  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
  }
}
