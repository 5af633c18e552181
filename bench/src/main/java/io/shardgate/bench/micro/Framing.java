package io.shardgate.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.frame.FrameSplitter;
import io.shardgate.pgwire.frame.Sender;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Cutting what one read brought into messages. One operation is the whole buffer. Not thread-safe; owned by JMH.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Framing {
  private static final int ROW_BYTES = 120;
  private static final int BULK_ROWS = 500;

  /// `point`: what a server answers to Bind, Describe, Execute, Sync; `bulk`: 60 kB of rows.
  @Param({"point", "bulk"})
  public String read = "point";

  private EmbeddedChannel channel = new EmbeddedChannel();
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
  private long seen;

  @Setup
  public void fill() {
    ByteBuf out = Unpooled.directBuffer();
    if (read.equals("point")) {
      message(out, '2', 0);
      message(out, 'T', 30);
      message(out, 'D', 12);
      message(out, 'C', 9);
      message(out, 'Z', 1);
    } else {
      for (int i = 0; i < BULK_ROWS; i++) {
        message(out, 'D', ROW_BYTES);
      }
    }
    bytes = out;
    channel = new EmbeddedChannel(new Counter());
  }

  private static void message(ByteBuf out, char type, int body) {
    out.writeByte(type).writeInt(4 + body).writeZero(body);
  }

  @TearDown
  public void drop() {
    channel.finishAndReleaseAll();
    bytes.release();
  }

  @Benchmark
  public long cut() {
    channel.pipeline().fireChannelRead(bytes.retain());
    bytes.readerIndex(0);
    return seen;
  }

  private final class Counter extends FrameSplitter {
    Counter() {
      super(Sender.BACKEND);
    }

    @Override
    protected boolean streams(byte type) {
      return type == 'D';
    }

    @Override
    protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
      seen += type;
    }

    @Override
    protected void onRun(ChannelHandlerContext ctx, ByteBuf run, int startedFrames) {
      seen += startedFrames;
    }

    @Override
    protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
      throw new IllegalStateException(message);
    }
  }
}
