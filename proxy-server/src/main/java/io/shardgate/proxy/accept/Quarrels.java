package io.shardgate.proxy.accept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log what went wrong on a client's connection, if it is worth a line.
public final class Quarrels {
  private static final Logger LOG = LoggerFactory.getLogger(Quarrels.class);

  private Quarrels() {}

  /// A peer that resets or talks no TLS is its own business; anything else is a fault of ours.
  public static void log(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException || cause instanceof DecoderException) {
      LOG.debug("client {}: {}", ctx.channel().remoteAddress(), cause.toString());
    } else {
      LOG.error("client {}", ctx.channel().remoteAddress(), cause);
    }
  }
}
