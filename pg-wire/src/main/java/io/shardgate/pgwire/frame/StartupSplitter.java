package io.shardgate.pgwire.frame;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.pgwire.message.StartupPacket;

/// Cuts the untyped packets that open a connection, until another handler takes its place and gets the bytes that follow.
/// Confined to its channel's event loop.
///
///     WAITING → HANDED [onPacket]     a packet was handed over: nothing is cut until [#expectNext] or the handler is removed
///     HANDED → WAITING [expectNext]   after an SSLRequest or GSSENCRequest was answered
///     WAITING → BROKEN [violate]      further bytes are dropped
///
/// An answer `S` or `G` must not be given while [#bufferedBytes] is not 0: whoever put those bytes there was not inside the
/// encryption that is to come.
public abstract class StartupSplitter extends ChannelInboundHandlerAdapter {
  /// The longest startup packet, without its length, as PostgreSQL has it.
  public static final int MAX_STARTUP_BYTES = 10_000;

  private enum State {
    WAITING,
    HANDED,
    BROKEN,
    ENDED
  }

  private final int maxBytes;
  private final StreamBuffer stream = new StreamBuffer();
  private State state = State.WAITING;
  private boolean cutting;
  private boolean heard;

  /// A splitter of packets as long as PostgreSQL takes.
  protected StartupSplitter() {
    this(MAX_STARTUP_BYTES);
  }

  /// @param maxBytes of a packet without its length, [#MAX_STARTUP_BYTES] at most
  protected StartupSplitter(int maxBytes) {
    this.maxBytes = Math.min(maxBytes, MAX_STARTUP_BYTES);
  }

  /// Takes one packet.
  protected abstract void onPacket(ChannelHandlerContext ctx, StartupPacket packet);

  /// Says that the bytes are no startup packet. PostgreSQL says nothing to the peer when the *length* is wrong, or the packet cancels: `code` is then
  /// [SqlState#PROTOCOL_VIOLATION] and `answer` false, the connection is just closed.
  protected abstract void onProtocolViolation(
      ChannelHandlerContext ctx, SqlState code, String message, boolean answer);

  /// Waits for one more packet, after an SSLRequest or GSSENCRequest.
  protected final void expectNext(ChannelHandlerContext ctx) {
    if (state == State.HANDED) {
      state = State.WAITING;
      cut(ctx);
    }
  }

  /// Whether the peer has ever sent a byte.
  protected final boolean hasHeard() {
    return heard;
  }

  /// Bytes that came and were not cut.
  protected final int bufferedBytes() {
    return stream.readableBytes();
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
      return;
    }
    if (state == State.BROKEN || state == State.ENDED) {
      bytes.release();
      return;
    }
    heard = true;
    stream.take(bytes);
    cut(ctx);
  }

  @Override
  public final void handlerRemoved(ChannelHandlerContext ctx) {
    boolean handsOver = state != State.BROKEN && ctx.channel().isActive() && stream.readableBytes() > 0;
    state = State.ENDED;
    if (handsOver) {
      stream.drainTo(ctx::fireChannelRead);
      ctx.fireChannelReadComplete();
    }
    stream.release();
  }

  private void cut(ChannelHandlerContext ctx) {
    if (cutting) {
      return;
    }
    cutting = true;
    try {
      while (state == State.WAITING && (cutNext(ctx) || joinNext(ctx))) {}
    } finally {
      cutting = false;
      if (state == State.BROKEN || state == State.ENDED) {
        stream.release();
      }
    }
  }

  private boolean joinNext(ChannelHandlerContext ctx) {
    ByteBuf bytes = stream.front();
    if (state != State.WAITING || bytes == null) {
      return false;
    }
    int wanted = bytes.readableBytes() < Integer.BYTES ? Integer.BYTES : bytes.getInt(bytes.readerIndex());
    return stream.join(ctx.alloc(), wanted);
  }

  private boolean cutNext(ChannelHandlerContext ctx) {
    ByteBuf bytes = stream.front();
    if (bytes == null || bytes.readableBytes() < Integer.BYTES) {
      return false;
    }
    int length = bytes.getInt(bytes.readerIndex());
    if (length < 2 * Integer.BYTES || length > maxBytes + Integer.BYTES) {
      violate(ctx, SqlState.PROTOCOL_VIOLATION, "invalid length of startup packet", false);
      return false;
    }
    if (bytes.readableBytes() < length) {
      return false;
    }
    StartupPacket packet;
    try {
      packet = StartupPacket.read(bytes.readSlice(length));
    } catch (MalformedMessageException fault) {
      boolean cancels = bytes.getInt(bytes.readerIndex() - length + Integer.BYTES) == StartupPacket.CANCEL_REQUEST_CODE;
      violate(ctx, fault.code(), String.valueOf(fault.getMessage()), !cancels);
      return false;
    }
    state = State.HANDED;
    onPacket(ctx, packet);
    return true;
  }

  private void violate(ChannelHandlerContext ctx, SqlState code, String message, boolean answer) {
    state = State.BROKEN;
    onProtocolViolation(ctx, code, message, answer);
  }
}
