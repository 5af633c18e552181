package io.shardgate.bench.relay;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.shardgate.proxy.pool.Transport;
import org.jspecify.annotations.Nullable;

/// A blind relay: `RelayMain LISTEN-PORT SERVER-PORT`, both on loopback. Says `ready` when it listens; ends when its input does.
public final class RelayMain {
  private RelayMain() {}

  public static void main(String[] arguments) throws Exception {
    int listen = Integer.parseInt(arguments[0]);
    int server = Integer.parseInt(arguments[1]);
    Transport transport = Transport.best();
    EventLoopGroup loops = transport.eventLoops(Runtime.getRuntime().availableProcessors(), "relay");
    new ServerBootstrap()
        .group(loops)
        .channel(transport.serverSocket())
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childHandler(new Front(transport, server))
        .bind("127.0.0.1", listen)
        .sync();
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // whoever started it holds its input
    }
    loops.shutdownGracefully();
  }

  /// The client's side. Each channel's state is in the handlers of its own two channels.
  @io.netty.channel.ChannelHandler.Sharable
  private static final class Front extends ChannelInboundHandlerAdapter {
    private final Transport transport;
    private final int server;

    Front(Transport transport, int server) {
      this.transport = transport;
      this.server = server;
    }

    @Override
    public void channelActive(ChannelHandlerContext client) {
      ChannelFuture connecting =
          new Bootstrap()
              .group(client.channel().eventLoop())
              .channel(transport.socket())
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.AUTO_READ, false)
              .handler(new Side(client.channel()))
              .connect("127.0.0.1", server);
      client.pipeline().addLast(new Side(connecting.channel()));
      connecting.addListener(
          (ChannelFutureListener)
              connected -> {
                if (!connected.isSuccess()) {
                  client.close();
                  return;
                }
                client.channel().config().setAutoRead(true);
                connected.channel().config().setAutoRead(true);
              });
    }
  }

  /// One side: what comes goes to the other. Confined to its channel's event loop.
  private static final class Side extends ChannelInboundHandlerAdapter {
    private final @Nullable Channel other;

    Side(Channel other) {
      this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
      if (other != null) {
        other.write(bytes, other.voidPromise());
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (other != null) {
        other.flush();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (other != null) {
        other.config().setAutoRead(ctx.channel().isWritable());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (other != null) {
        other.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
