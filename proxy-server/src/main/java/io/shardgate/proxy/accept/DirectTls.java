package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;

/// Sees by a connection's first byte whether TLS begins at once, without an SSLRequest (`sslnegotiation=direct`), and leaves.
/// Confined to its channel's event loop.
///
/// As PostgreSQL 17, it wants such a client to name the protocol by ALPN, so that no other protocol's client can be led here.
final class DirectTls extends ChannelInboundHandlerAdapter {
  static final String PROTOCOL = "postgresql";

  /// The content type of a TLS record that holds a handshake; no startup packet begins so, since it would be too long.
  private static final byte HANDSHAKE = 22;

  private final SslContext tls;
  private final ClientDoor door;

  DirectTls(SslContext tls, ClientDoor door) {
    this.tls = tls;
    this.door = door;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes && bytes.isReadable() && bytes.getByte(bytes.readerIndex()) == HANDSHAKE) {
      door.encrypted();
      SslHandler handler = tls.newHandler(ctx.alloc());
      handler
          .handshakeFuture()
          .addListener(
              done -> {
                if (done.isSuccess() && !PROTOCOL.equals(handler.applicationProtocol())) {
                  ctx.channel().close();
                }
              });
      ctx.pipeline().replace(this, "tls", handler);
    } else {
      ctx.pipeline().remove(this);
    }
    ctx.fireChannelRead(message);
  }
}
