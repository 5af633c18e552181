package io.shardgate.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.proxy.gather.RowMerge;
import io.shardgate.router.plan.Scattering;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
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

/// Merging rows of several shards, ordered by an int8. One operation is 4,000 rows of 120 bytes, with a copy of them, because merging changes them.
/// Not thread-safe; owned by JMH.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Merging {
  private static final int ROWS = 4_000;
  private static final int TEXT_BYTES = 74;

  /// How many.
  @Param({"4", "64"})
  public int shards = 4;

  private ByteBuf[] rows = new ByteBuf[0];
  private ByteBuf[] work = new ByteBuf[0];
  private ByteBuf taken = Unpooled.EMPTY_BUFFER;

  @Setup
  public void fill() {
    rows = new ByteBuf[shards];
    work = new ByteBuf[shards];
    taken = Unpooled.directBuffer(ROWS * 200);
    for (int shard = 0; shard < shards; shard++) {
      rows[shard] = Unpooled.directBuffer();
      for (int id = shard; id < ROWS; id += shards) {
        row(rows[shard], id);
      }
      work[shard] = Unpooled.directBuffer(rows[shard].readableBytes()).writeBytes(rows[shard].duplicate());
    }
  }

  private static void row(ByteBuf out, long id) {
    int start = out.writerIndex();
    out.writeByte('D').writeInt(0).writeShort(3);
    value(out, Long.toString(id));
    value(out, "x".repeat(TEXT_BYTES));
    value(out, HexFormat.of().toHexDigits(id));
    out.setInt(start + 1, out.writerIndex() - start - 1);
  }

  private static void value(ByteBuf out, String text) {
    out.writeInt(text.length()).writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  @TearDown
  public void drop() {
    for (int shard = 0; shard < shards; shard++) {
      rows[shard].release();
      work[shard].release();
    }
    taken.release();
  }

  @Benchmark
  public long merge() {
    RowMerge merge = new RowMerge(List.of(new Scattering.Order("id", Scattering.Comparison.SIGNED, false, false)), 0, Long.MAX_VALUE);
    for (int shard = 0; shard < shards; shard++) {
      work[shard].setBytes(0, rows[shard], 0, rows[shard].readableBytes());
      int source = merge.source();
      merge.add(source, work[shard], 0, work[shard].writerIndex());
      merge.ended(source);
    }
    taken.clear();
    merge.drain((bytes, from, length) -> taken.writeBytes(bytes, from, length), () -> true);
    return merge.given();
  }
}
