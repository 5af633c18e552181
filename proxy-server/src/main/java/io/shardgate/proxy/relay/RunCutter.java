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

  private static final int HEADER_BYTES = 5;

  private final int limitBytes;
  private ByteBuf rest = Unpooled.EMPTY_BUFFER;

  /// @param limitBytes the longest message
  public RunCutter(int limitBytes) {
    this.limitBytes = limitBytes;
  }

  /// Cuts what came and what was left over.
  public void cut(ByteBuf run, FrameTaker taker) {
    if (!rest.isReadable()) {
      int used = cutWhole(run, taker);
      if (run.readerIndex() + run.readableBytes() > used) {
        rest = run.alloc().buffer(run.writerIndex() - used);
        rest.writeBytes(run, used, run.writerIndex() - used);
      }
      return;
    }
    rest.writeBytes(run, run.readerIndex(), run.readableBytes());
    int used = cutWhole(rest, taker);
    if (used == rest.writerIndex()) {
      release();
    } else if (used > rest.readerIndex()) {
      moveOn(used);
    }
  }

  /// What was taken may be retained: its bytes stay where they are, and nothing is written behind them.
  private void moveOn(int used) {
    ByteBuf taken = rest;
    int left = taken.writerIndex() - used;
    rest = taken.alloc().buffer(left);
    rest.writeBytes(taken, used, left);
    taken.release();
  }

  /// Drops what is left over.
  public void release() {
    rest.release();
    rest = Unpooled.EMPTY_BUFFER;
  }

  private int cutWhole(ByteBuf bytes, FrameTaker taker) {
    int at = bytes.readerIndex();
    while (bytes.writerIndex() - at >= HEADER_BYTES) {
      int length = 1 + bytes.getInt(at + 1);
      if (length > limitBytes) {
        throw new IllegalStateException("message too long: " + length + " (limit: " + limitBytes + ")");
      }
      if (bytes.writerIndex() - at < length) {
        break;
      }
      taker.take(bytes.getByte(at), bytes.slice(at, length));
      at += length;
    }
    return at;
  }
}
