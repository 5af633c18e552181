package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;

/// Asks a server for TLS and waits for the handshake, then takes itself out of the pipeline.
/// Confined to its channel's event loop.
///
///     → SSLRequest        ← 'S'   handshake, then `secured`
///                         ← 'N'   `secured` without TLS, unless the mode insists
///
/// Anything that comes together with the answer was not sent by a server that will now shake hands, and breaks the
/// connection (as in libpq since CVE-2021-23222).
final class TlsNegotiation extends ChannelInboundHandlerAdapter {

  /// What to do next.
  interface Next {
    void secured();

    void failed(Throwable cause);
  }

  private final TlsClient tls;
  private final Next next;

  private TlsNegotiation(TlsClient tls, Next next) {
    this.tls = tls;
    this.next = next;
  }

  /// Negotiates on an active channel, or goes on at once where TLS is not wanted.
  static void begin(Channel channel, TlsClient tls, Next next) {
    if (!tls.wants()) {
      next.secured();
      return;
    }
    channel.pipeline().addLast(new TlsNegotiation(tls, next));
    ByteBuf request = channel.alloc().ioBuffer(8);
    FrontendWriter.sslRequest(request);
    channel.writeAndFlush(request, channel.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    byte answer;
    boolean alone;
    try {
      answer = bytes.readByte();
      alone = !bytes.isReadable();
    } finally {
      bytes.release();
    }
    if (!alone) {
      next.failed(new IOException("the server sent data with its answer to SSLRequest"));
    } else if (answer == 'S') {
      shakeHands(ctx);
    } else if (answer == 'N' && !tls.insists()) {
      ctx.pipeline().remove(this);
      next.secured();
    } else if (answer == 'N') {
      next.failed(new IOException("the server does not support SSL, but sslmode=" + tls.mode().word() + " requires it"));
    } else {
      next.failed(new IOException("unexpected answer to SSLRequest: byte " + answer));
    }
  }

  private void shakeHands(ChannelHandlerContext ctx) {
    SslHandler handler = tls.newHandler(ctx.channel());
    ctx.pipeline().addFirst(handler);
    handler.handshakeFuture().addListener(done -> {
      if (done.isSuccess()) {
        ctx.pipeline().remove(this);
        next.secured();
      } else {
        next.failed(done.cause());
      }
    });
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    next.failed(new IOException("the server closed the connection unexpectedly"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    next.failed(cause);
  }
}
