package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;

/// Sees by a connection's first byte whether TLS begins at once, without an SSLRequest (`sslnegotiation=direct`), and leaves.
/// Confined to its channel's event loop.
final class DirectTls extends ChannelInboundHandlerAdapter {
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
      ctx.pipeline().replace(this, "alpn", new AlpnCheck(tls, true));
    } else {
      ctx.pipeline().remove(this);
    }
    ctx.fireChannelRead(message);
  }
}
