package io.shardgate.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Cuts a stream of runs into whole DataRow and CopyData messages, for those who must look inside.
/// Confined to its conversation's event loop.
public final class RunCutter {
  /// Takes one whole message; the reader index is at its type byte. Borrowed; a slice that is retained stays as it is.
  public interface FrameTaker {
    void take(byte type, ByteBuf frame);
  }

  /// Takes one or more whole messages: the bytes from `from` up to `end`. Borrowed; what is retained stays as it is.
  public interface StretchTaker {
    void take(ByteBuf bytes, int from, int end);
  }

  private static final int HEADER_BYTES = 5;

  private final int limitBytes;
  private ByteBuf rest = Unpooled.EMPTY_BUFFER;

  /// @param limitBytes the longest message
  public RunCutter(int limitBytes) {
    this.limitBytes = limitBytes;
  }

  /// Cuts what came and what was left over.
  public void cut(ByteBuf run, FrameTaker taker) {
    cutStretches(
        run,
        (bytes, from, end) -> {
          for (int at = from; at < end; at += length(bytes, at)) {
            taker.take(bytes.getByte(at), bytes.slice(at, length(bytes, at)));
          }
        });
  }

  /// The same for those who look for the messages themselves.
  public void cutStretches(ByteBuf run, StretchTaker taker) {
    int from = run.readerIndex();
    if (rest.isReadable()) {
      from = complete(run, from);
      if (!isWhole()) {
        return;
      }
      ByteBuf message = rest;
      rest = Unpooled.EMPTY_BUFFER;
      try {
        taker.take(message, message.readerIndex(), message.writerIndex());
      } finally {
        message.release();
      }
    }
    int end = endOfWhole(run, from);
    if (end < run.writerIndex()) {
      rest = run.alloc().buffer(run.writerIndex() - end);
      rest.writeBytes(run, end, run.writerIndex() - end);
    }
    if (end > from) {
      taker.take(run, from, end);
    }
  }

  /// Adds to the message that has begun what it lacks, as far as it has come.
  ///
  /// @return the index behind that
  private int complete(ByteBuf run, int from) {
    int at = from;
    if (rest.readableBytes() < HEADER_BYTES) {
      at = add(run, at, HEADER_BYTES - rest.readableBytes());
    }
    return rest.readableBytes() < HEADER_BYTES ? at : add(run, at, length(rest, rest.readerIndex()) - rest.readableBytes());
  }

  private int add(ByteBuf run, int from, int wanted) {
    int length = Math.min(wanted, run.writerIndex() - from);
    rest.writeBytes(run, from, length);
    return from + length;
  }

  private boolean isWhole() {
    return rest.readableBytes() >= HEADER_BYTES && rest.readableBytes() == length(rest, rest.readerIndex());
  }

  private int endOfWhole(ByteBuf bytes, int from) {
    int at = from;
    while (bytes.writerIndex() - at >= HEADER_BYTES) {
      int length = length(bytes, at);
      if (bytes.writerIndex() - at < length) {
        break;
      }
      at += length;
    }
    return at;
  }

  private int length(ByteBuf bytes, int at) {
    int length = 1 + bytes.getInt(at + 1);
    if (length > limitBytes || length < HEADER_BYTES) {
      throw new IllegalStateException("message of " + length + " bytes (limit: " + limitBytes + ")");
    }
    return length;
  }

  /// Drops what is left over.
  public void release() {
    rest.release();
    rest = Unpooled.EMPTY_BUFFER;
  }
}
