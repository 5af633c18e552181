package io.shardgate.proxy.pool;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// Sends one CancelRequest to a server and waits until the server closes that connection: from then on, the signal has been sent.
/// Confined to its channel's event loop: that of the connection whose statement is cancelled.
///
/// If the server does not close it in time, nobody can say when the cancel strikes: the connection is cut, not reused.
final class CancelDispatch {
  private final ServerConnection target;

  private CancelDispatch(ServerConnection target) {
    this.target = target;
  }

  static void send(ServerConnection target) {
    new CancelDispatch(target).open();
  }

  private void open() {
    target.cancelBegan();
    ServerPools pools = target.bucket().shard().pools();
    ChannelFuture connecting = new Bootstrap()
        .group(target.eventLoop())
        .channel(pools.transport().socket())
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(target.channel().remoteAddress());
    Channel channel = connecting.channel();
    Future<?> timeout = target.eventLoop().schedule(
        () -> overdue(channel), pools.settings().connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
    channel.closeFuture().addListener(_ -> {
      timeout.cancel(false);
      target.cancelEnded();
    });
    connecting.addListener(connected -> {
      if (connected.isSuccess()) {
        secure(channel);
      }
    });
  }

  private void secure(Channel channel) {
    TlsNegotiation.begin(channel, target.bucket().shard().tls(), new TlsNegotiation.Next() {
      @Override
      public void secured() {
        CancelKey key = target.backendKey();
        if (key == null) {
          channel.close();
          return;
        }
        ByteBuf request = channel.alloc().ioBuffer(16);
        FrontendWriter.cancel(request, target.backendPid(), key);
        channel.writeAndFlush(request, channel.voidPromise());
      }

      @Override
      public void failed(Throwable cause) {
        channel.close();
      }
    });
  }

  private void overdue(Channel channel) {
    channel.close();
    target.failed(new IOException("the server did not take a cancel request in time"));
  }
}
