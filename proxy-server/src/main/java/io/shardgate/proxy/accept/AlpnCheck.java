package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Looks at the protocols that a TLS client names in its first message, and makes place for the handshake.
/// Confined to its channel's event loop.
///
/// As PostgreSQL 17: who names protocols and not ours is sent the alert `no_application_protocol`. BoringSSL has no setting for it, as
/// it answers such a client without naming a protocol. Who names none may go on after an SSLRequest. Where TLS began without one, the connection is closed
/// after the handshake without a word, so that no other protocol's client can be led here.
final class AlpnCheck extends SslClientHelloHandler<Boolean> {
  static final String PROTOCOL = "postgresql";

  /// More than any client sends, the keys of post-quantum exchanges included; BoringSSL takes no more either.
  private static final int CLIENT_HELLO_BYTES_MAX = 16 << 10;

  /// RFC 8446, section 6: the record's type, version and length, then level fatal (2), description no_application_protocol (120).
  private static final byte[] NO_APPLICATION_PROTOCOL = {21, 3, 3, 0, 2, 2, 120};

  private final SslContext tls;
  private final boolean direct;

  /// @param direct whether TLS began without an SSLRequest
  AlpnCheck(SslContext tls, boolean direct) {
    super(CLIENT_HELLO_BYTES_MAX);
    this.tls = tls;
    this.direct = direct;
  }

  @Override
  protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf hello) {
    return ctx.executor().newSucceededFuture(hello == null || ClientHello.accepts(hello, PROTOCOL));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<Boolean> accepted) {
    if (!accepted.getNow()) {
      ctx.writeAndFlush(ctx.alloc().buffer(NO_APPLICATION_PROTOCOL.length).writeBytes(NO_APPLICATION_PROTOCOL)).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    SslHandler handler = tls.newHandler(ctx.alloc());
    if (direct) {
      handler
          .handshakeFuture()
          .addListener(
              done -> {
                if (done.isSuccess() && !PROTOCOL.equals(handler.applicationProtocol())) {
                  ctx.channel().close();
                }
              });
    }
    ctx.pipeline().replace(this, "tls", handler);
  }
}
