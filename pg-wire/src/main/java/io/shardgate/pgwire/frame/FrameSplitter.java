package io.shardgate.pgwire.frame;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.shardgate.pgwire.SqlState;

/// Cuts typed messages out of a byte stream by narrowing the buffer they arrived in; copies nothing that has arrived whole.
/// Confined to its channel's event loop.
///
///     0      1                5            1 + length
///     | type | length (int32) | body …     |            length counts itself, not the type
///
/// A frame of a type that [#streams] is never held: its bytes go to [#onRun] as they come, together with those of the
/// frames next to it, so that a row of a gigabyte needs no memory here. All other frames are held until they are whole,
/// and [#maxFrameBytes] limits what that may cost. Memory grows with the bytes that came, not with the length claimed.
///
/// Between two callbacks the splitter is in one of these states:
///
///     CUTTING → PAUSED [pause] → CUTTING [resume]      PAUSED: bytes are kept, nothing is cut
///     CUTTING → BROKEN [violate]                       BROKEN: the stream lost its meaning; all further bytes are dropped
///     any     → ENDED  [handlerRemoved]                ENDED:  bytes not cut went to the handler that came next
///
/// Every callback may call [#pause], [#resume], close the channel or remove this handler. Bytes that are kept when the
/// channel goes inactive stay until it leaves its event loop: a subclass that wants them resumes in `channelInactive`.
public abstract class FrameSplitter extends ChannelInboundHandlerAdapter {
  /// Bytes before a frame's body: type and length.
  public static final int HEADER_BYTES = 5;

  /// What [#maxFrameBytes] returns for a type that its sender may not send.
  public static final int UNKNOWN_TYPE = 0;

  private enum State {
    CUTTING,
    PAUSED,
    BROKEN,
    ENDED
  }

  private final Sender sender;
  private final StreamBuffer stream = new StreamBuffer();
  private State state = State.CUTTING;

  /// Bytes of the streamed frame at the front of the stream that have not come yet.
  private int runBytesDue;

  /// Bytes of a frame that is being dropped that have not come yet.
  private int skipBytesDue;

  private boolean cutting;
  private boolean completing;
  private boolean resumedWhileCompleting;

  /// A splitter for what `sender` writes.
  protected FrameSplitter(Sender sender) {
    this.sender = sender;
  }

  /// Takes one whole frame. `frame` stands at its type byte and ends at the frame's last byte; it is borrowed, valid during
  /// the call only (`retainedSlice()` keeps it).
  protected abstract void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame);

  /// Takes the next bytes of consecutive streamed frames: `startedFrames` of them begin in `run`; its first bytes may go on
  /// with a frame of the run before, its last frame may be cut off anywhere behind the header. Borrowed, as in [#onFrame].
  protected void onRun(ChannelHandlerContext ctx, ByteBuf run, int startedFrames) {
    throw new IllegalStateException("a splitter that streams takes runs");
  }

  /// Says that the stream broke PostgreSQL's rules. Nothing is cut any more; the subclass says so to the peer and closes.
  protected abstract void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message);

  /// A frame of `length` bytes, header included, is longer than [#maxFrameBytes]. By default that breaks the stream; a
  /// subclass that only answers with an error goes on behind the frame, whose bytes are dropped as they come.
  protected void onTooLong(ChannelHandlerContext ctx, byte type, int length) {
    violate(
        ctx,
        SqlState.PROGRAM_LIMIT_EXCEEDED,
        "message of type \"%c\" is too long: %d bytes (limit: %d)"
            .formatted((char) (type & 0xff), length, maxFrameBytes(type)));
  }

  /// The bytes read in one go have been cut: the moment to flush.
  protected void onReadComplete(ChannelHandlerContext ctx) {}

  /// Whether frames of this type may be handed over in pieces. The answer may change in a callback, for the frames behind it.
  protected boolean streams(byte type) {
    return false;
  }

  /// The longest whole frame of this type, header included, or [#UNKNOWN_TYPE]. Streamed frames are limited by
  /// [Sender#maxFrameBytes] alone.
  protected int maxFrameBytes(byte type) {
    return sender.maxFrameBytes(type);
  }

  /// Cuts nothing more, from this moment, until [#resume]. Bytes that still come are kept: turn off the channel's autoRead too.
  protected final void pause() {
    if (state == State.CUTTING) {
      state = State.PAUSED;
    }
  }

  /// Goes on with the bytes that are here, within this call, or after the callback that this call is made from.
  protected final void resume(ChannelHandlerContext ctx) {
    if (state != State.PAUSED) {
      return;
    }
    state = State.CUTTING;
    if (cutting) {
      return;
    }
    if (completing) {
      resumedWhileCompleting = true;
      return;
    }
    if (stream.readableBytes() > 0) {
      cut(ctx);
      complete(ctx);
    }
  }

  /// Whether [#pause] is in force.
  protected final boolean isPaused() {
    return state == State.PAUSED;
  }

  /// Bytes of a streamed frame that [#onRun] has begun and not yet ended; 0 at a frame's border.
  protected final int unfinishedRunBytes() {
    return runBytesDue;
  }

  /// Bytes that came and were not cut yet.
  protected final int bufferedBytes() {
    return stream.readableBytes();
  }

  /// Breaks the stream: everything that is here or will come is dropped, and [#onProtocolViolation] is told why.
  protected final void violate(ChannelHandlerContext ctx, SqlState code, String message) {
    if (state == State.BROKEN) {
      return;
    }
    state = State.BROKEN;
    onProtocolViolation(ctx, code, message);
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
    stream.take(bytes);
    cut(ctx);
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext ctx) {
    complete(ctx);
    ctx.fireChannelReadComplete();
  }

  /// Hands bytes that are not cut yet to the next handler, as one that takes this one's place wants them.
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

  private void complete(ChannelHandlerContext ctx) {
    if (completing || cutting || state == State.ENDED) {
      return;
    }
    completing = true;
    try {
      do {
        resumedWhileCompleting = false;
        onReadComplete(ctx);
        if (resumedWhileCompleting) {
          cut(ctx);
        }
      } while (resumedWhileCompleting);
    } finally {
      completing = false;
    }
  }

  /// Hot path: allocates nothing.
  private void cut(ChannelHandlerContext ctx) {
    if (cutting) {
      return;
    }
    cutting = true;
    try {
      while (state == State.CUTTING && (cutNext(ctx) || joinNext(ctx))) {}
    } finally {
      cutting = false;
      if (state == State.BROKEN || state == State.ENDED) {
        stream.release();
      }
    }
  }

  /// Lengthens what is too short to be cut by bytes of the buffer that came next; false when there is none.
  private boolean joinNext(ChannelHandlerContext ctx) {
    return state == State.CUTTING && stream.join(ctx.alloc(), bytesExpected());
  }

  /// Cuts one frame or one run; false when there are too few bytes.
  private boolean cutNext(ChannelHandlerContext ctx) {
    ByteBuf bytes = stream.front();
    if (bytes == null) {
      return false;
    }
    if (skipBytesDue > 0) {
      return skip(bytes);
    }
    if (runBytesDue > 0) {
      return cutRun(ctx, bytes);
    }
    if (bytes.readableBytes() < HEADER_BYTES) {
      return false;
    }
    int start = bytes.readerIndex();
    byte type = bytes.getByte(start);
    int length = bytes.getInt(start + 1);
    if (!isAcceptable(ctx, type, length)) {
      return skipBytesDue > 0;
    }
    if (streams(type)) {
      return cutRun(ctx, bytes);
    }
    if (bytes.readableBytes() < 1 + length) {
      return false;
    }
    int end = start + 1 + length;
    stream.narrow(end);
    try {
      onFrame(ctx, type, bytes);
    } finally {
      stream.widen();
    }
    return true;
  }

  /// Extends a run over all streamed frames that are here, then hands it over as one.
  private boolean cutRun(ChannelHandlerContext ctx, ByteBuf bytes) {
    int limit = bytes.writerIndex();
    int end = bytes.readerIndex();
    int due = runBytesDue;
    int started = 0;
    while (true) {
      int step = Math.min(due, limit - end);
      end += step;
      due -= step;
      if (due > 0 || limit - end < HEADER_BYTES) {
        break;
      }
      byte type = bytes.getByte(end);
      int length = bytes.getInt(end + 1);
      if (!isValid(type, length) || !streams(type)) {
        break;
      }
      due = 1 + length;
      started++;
    }
    runBytesDue = due;
    stream.narrow(end);
    try {
      onRun(ctx, bytes, started);
    } finally {
      stream.widen();
    }
    return true;
  }

  private boolean skip(ByteBuf bytes) {
    int step = Math.min(skipBytesDue, bytes.readableBytes());
    bytes.skipBytes(step);
    skipBytesDue -= step;
    return step > 0;
  }

  private boolean isValid(byte type, int length) {
    int most = maxFrameBytes(type);
    return most != UNKNOWN_TYPE
        && length >= Integer.BYTES
        && length < sender.maxFrameBytes(type)
        && (streams(type) || length < most);
  }

  private boolean isAcceptable(ChannelHandlerContext ctx, byte type, int length) {
    if (isValid(type, length)) {
      return true;
    }
    if (maxFrameBytes(type) == UNKNOWN_TYPE) {
      violate(ctx, SqlState.PROTOCOL_VIOLATION, sender.unknownType(type));
    } else if (length < Integer.BYTES || length >= sender.maxFrameBytes(type)) {
      violate(ctx, SqlState.PROTOCOL_VIOLATION, "invalid message length");
    } else {
      onTooLong(ctx, type, 1 + length);
      skipBytesDue = 1 + length;
    }
    return false;
  }

  /// Bytes of the frame at the front of the stream, so far as its header tells.
  private int bytesExpected() {
    ByteBuf bytes = stream.front();
    if (bytes == null || bytes.readableBytes() < HEADER_BYTES) {
      return HEADER_BYTES;
    }
    return 1 + bytes.getInt(bytes.readerIndex() + 1);
  }
}
