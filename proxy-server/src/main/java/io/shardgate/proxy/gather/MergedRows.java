package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.router.Scattered;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The rows of several shards in the order that each has them in, from OFFSET up to LIMIT; without an order, as they come. Confined to its channel's event
/// loop.
///
/// A shard's rows end with the columns that they are ordered by, which the client does not get.
final class MergedRows implements StreamedRows {
  private static final int ROW_BYTES_MAX = (1 << 30) - 1;

  /// What a shard may have sent of which the turn has not come.
  private static final int HELD_BYTES_MAX = 256 * 1024;

  /// From here on it is read again.
  private static final int HELD_BYTES_FEW = 64 * 1024;

  private static final int HEADER_BYTES = 5;
  private static final int COLUMN_BYTES = 18;

  private final Scattered texts;
  private final ExecutionPort port;
  private final Consumer<ByteBuf> announced;
  private final RowMerge merge;
  private final List<Part> parts = new ArrayList<>();
  private final CompletableFuture<Long> passed = new CompletableFuture<>();
  private byte @Nullable [] columns;
  private boolean dropped;

  /// One shard's. Confined to its channel's event loop.
  private static final class Part {
    private final ScatterCall call;
    private final int source;
    private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);
    private RowTranslation translation = RowTranslation.NONE;
    private boolean stopped;

    Part(ScatterCall call, int source) {
      this.call = call;
      this.source = source;
    }
  }

  MergedRows(Scattered texts, ExecutionPort port, Consumer<ByteBuf> announced) {
    this.texts = texts;
    this.port = port;
    this.announced = announced;
    this.merge = new RowMerge(texts.order(), texts.offset(), texts.limit());
  }

  @Override
  public void begin(List<ScatterCall> all) {
    all.forEach(call -> parts.add(new Part(call, merge.source())));
  }

  private Part part(ScatterCall call) {
    for (Part part : parts) {
      if (part.call == call) {
        return part;
      }
    }
    throw new IllegalStateException("no part of it: " + call.conversation().shard());
  }

  @Override
  public void described(ScatterCall call, ByteBuf frame) {
    ByteBuf own = frame.copy();
    try {
      part(call).translation = port.describeRows(call.conversation(), own);
      cutColumns(own);
      byte[] bytes = ByteBufUtil.getBytes(own);
      byte[] known = columns;
      if (known != null && !ResultShape.areSame(known, bytes)) {
        throw ProxyRefusal.GATHER_DIFFERS.error("shard \"" + call.conversation().shard() + "\" gives other columns");
      }
      if (known == null && !dropped) {
        announced.accept(own);
      }
      columns = bytes;
    } finally {
      own.release();
    }
  }

  /// Leaves the columns of the order away.
  private void cutColumns(ByteBuf description) {
    int count = description.getUnsignedShort(HEADER_BYTES) - texts.order().size();
    int at = HEADER_BYTES + 2;
    for (int i = 0; i < count; i++) {
      at = description.indexOf(at, description.writerIndex(), (byte) 0) + 1 + COLUMN_BYTES;
    }
    description.setShort(HEADER_BYTES, count).setInt(1, at - 1).writerIndex(at);
  }

  @Override
  public void came(ScatterCall call, ByteBuf run, int unfinishedBytes) {
    if (dropped) {
      return;
    }
    Part part = part(call);
    part.cutter.cutStretches(run, (bytes, from, end) -> add(part, bytes, from, end));
    drain();
    if (merge.heldBytes(part.source) > HELD_BYTES_MAX || !port.output().isWritable()) {
      stop(part);
    }
  }

  private void add(Part part, ByteBuf bytes, int from, int end) {
    if (dropped) {
      return;
    }
    if (part.translation != RowTranslation.NONE) {
      for (int at = from; at < end; at += 1 + bytes.getInt(at + 1)) {
        part.translation.dataRow(bytes.slice(at, 1 + bytes.getInt(at + 1)));
      }
    }
    merge.add(part.source, bytes, from, end);
  }

  private void drain() {
    merge.drain(port.output()::retainBytes, port.output()::isWritable);
    parts.forEach(this::readAgain);
    finishIfDone();
  }

  private void finishIfDone() {
    if (merge.isFull() && !dropped) {
      drop(); // what is still to come is more than was asked for
    }
    if (merge.isOver()) {
      passed.complete(merge.given());
    }
  }

  private void stop(Part part) {
    part.stopped = true;
    part.call.read(false);
  }

  private void readAgain(Part part) {
    if (part.stopped && merge.heldBytes(part.source) <= HELD_BYTES_FEW && port.output().isWritable()) {
      part.stopped = false;
      part.call.read(true);
    }
  }

  @Override
  public void ended(ScatterCall call) {
    merge.ended(part(call).source);
    if (!dropped) {
      drain();
    }
    finishIfDone();
  }

  @Override
  public void proceed() {
    if (!dropped) {
      drain();
    }
  }

  @Override
  public void drop() {
    dropped = true;
    merge.drop();
    for (Part part : parts) {
      part.cutter.release();
      part.call.read(true);
    }
  }

  @Override
  public CompletableFuture<Long> passed() {
    return passed;
  }
}
