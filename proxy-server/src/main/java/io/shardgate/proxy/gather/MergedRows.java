package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.router.Scattered;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
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
  private final RowOrder order;
  private final List<Part> parts = new ArrayList<>();
  private final PriorityQueue<Part> heads;
  private final CompletableFuture<Long> passed = new CompletableFuture<>();
  private byte @Nullable [] columns;
  private long skipped;
  private long given;
  private boolean dropped;

  /// One shard's. Confined to its channel's event loop.
  private static final class Part {
    private final ScatterCall call;
    private final ArrayDeque<ByteBuf> rows = new ArrayDeque<>();
    private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);
    private RowTranslation translation = RowTranslation.NONE;
    private int heldBytes;
    private boolean stopped;

    Part(ScatterCall call) {
      this.call = call;
    }

    ByteBuf head() {
      return rows.element();
    }
  }

  MergedRows(Scattered texts, ExecutionPort port, Consumer<ByteBuf> announced) {
    this.texts = texts;
    this.port = port;
    this.announced = announced;
    this.order = new RowOrder(texts.order());
    this.heads = new PriorityQueue<>((one, other) -> order.compare(one.head(), other.head()));
  }

  @Override
  public void begin(List<ScatterCall> all) {
    all.forEach(call -> parts.add(new Part(call)));
  }

  private Part part(ScatterCall call) {
    return parts.stream().filter(part -> part.call == call).findFirst().orElseThrow();
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
    part.cutter.cut(run, (_, frame) -> add(part, frame));
    drain();
    if (part.heldBytes > HELD_BYTES_MAX || !port.output().isWritable()) {
      stop(part);
    }
  }

  private void add(Part part, ByteBuf frame) {
    if (dropped) {
      return;
    }
    part.translation.dataRow(frame);
    part.rows.add(frame.retain());
    part.heldBytes += frame.readableBytes();
    if (part.rows.size() == 1) {
      heads.add(part);
    }
  }

  /// Whether the next row may be one of a shard that has not sent it yet.
  private boolean isWaiting() {
    if (heads.size() == parts.size() || texts.order().isEmpty()) {
      return false;
    }
    for (Part part : parts) {
      if (part.rows.isEmpty() && !part.call.isOver()) {
        return true;
      }
    }
    return false;
  }

  private void drain() {
    while (!isWaiting() && !heads.isEmpty() && !dropped && port.output().isWritable()) {
      Part part = heads.remove();
      ByteBuf row = part.rows.remove();
      part.heldBytes -= row.readableBytes();
      give(row);
      row.release();
      if (!part.rows.isEmpty()) {
        heads.add(part);
      }
    }
    parts.forEach(this::readAgain);
    finishIfDone();
  }

  private void give(ByteBuf row) {
    if (skipped < texts.offset()) {
      skipped++;
    } else if (given < texts.limit()) {
      given++;
      port.output().retainBytes(order.withoutOrder(row));
    }
  }

  private void finishIfDone() {
    if (given >= texts.limit() && !dropped) {
      drop(); // what is still to come is more than was asked for
    }
    if (parts.stream().allMatch(part -> part.call.isOver()) && heads.isEmpty()) {
      passed.complete(given);
    }
  }

  private void stop(Part part) {
    part.stopped = true;
    part.call.read(false);
  }

  private void readAgain(Part part) {
    if (part.stopped && part.heldBytes <= HELD_BYTES_FEW && port.output().isWritable()) {
      part.stopped = false;
      part.call.read(true);
    }
  }

  @Override
  public void ended(ScatterCall call) {
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
    heads.clear();
    for (Part part : parts) {
      part.rows.forEach(ByteBuf::release);
      part.rows.clear();
      part.cutter.release();
      part.call.read(true);
    }
  }

  @Override
  public CompletableFuture<Long> passed() {
    return passed;
  }
}
