package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.frame.FrameSplitter;
import io.shardgate.pgwire.frame.Sender;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Cuts a server's bytes into frames and hands them to the login, and afterwards to the connection.
/// Confined to its channel's event loop.
final class ServerHandler extends FrameSplitter {
  /// Of one message before the login is over: no honest one is near it.
  private static final int LOGIN_FRAME_BYTES_MAX = 64 << 10;

  private final ServerConnection connection;
  private @Nullable BackendLogin login;

  ServerHandler(ServerConnection connection, BackendLogin login) {
    super(Sender.BACKEND);
    this.connection = connection;
    this.login = login;
  }

  @Override
  protected boolean streams(byte type) {
    return (type == 'D' || type == 'd') && login == null;
  }

  @Override
  protected int maxFrameBytes(byte type) {
    int usual = super.maxFrameBytes(type);
    return usual == UNKNOWN_TYPE ? UNKNOWN_TYPE : Math.min(usual, login == null ? connection.frameBytesMax() : LOGIN_FRAME_BYTES_MAX);
  }

  @Override
  protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
    BackendLogin underWay = login;
    if (underWay == null) {
      connection.frameCame(type, frame);
    } else {
      underWay.take(type, frame);
    }
  }

  /// Frames go to the connection from now on.
  void loginOver() {
    login = null;
  }

  @Override
  protected void onRun(ChannelHandlerContext ctx, ByteBuf run, int startedFrames) {
    connection.runCame(run, startedFrames);
  }

  @Override
  protected void onReadComplete(ChannelHandlerContext ctx) {
    connection.readCompleted();
  }

  @Override
  protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
    exceptionCaught(ctx, new IOException("the server broke the protocol: " + message));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    connection.writabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    BackendLogin underWay = login;
    if (underWay != null) {
      underWay.broke(cause);
    } else {
      connection.failed(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx);
    BackendLogin underWay = login;
    if (underWay != null) {
      underWay.broke(new IOException("the server closed the connection unexpectedly"));
    } else {
      connection.ended();
    }
  }
}
