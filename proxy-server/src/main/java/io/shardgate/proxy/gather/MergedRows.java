package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
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
    private final ArrayDeque<Stretch> later = new ArrayDeque<>();
    private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);
    private RowTranslation translation = RowTranslation.NONE;
    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private int at;
    private int end;
    private int orderAt;
    private int rank;
    private long key;
    private int heldBytes;
    private boolean stopped;

    Part(ScatterCall call) {
      this.call = call;
    }

    boolean isEmpty() {
      return at == end;
    }

    int rowBytes() {
      return 1 + bytes.getInt(at + 1);
    }

    /// The row that is next.
    void look(RowOrder order) {
      orderAt = order.orderAt(bytes, at);
      rank = order.rank(bytes, orderAt);
      key = order.key(bytes, orderAt);
    }

    void take(Stretch stretch) {
      bytes = stretch.bytes;
      at = stretch.from;
      end = stretch.end;
    }

    /// The row that was next is done with.
    ///
    /// @return whether there is another
    boolean advance(int rowBytes) {
      at += rowBytes;
      heldBytes -= rowBytes;
      if (at == end) {
        bytes.release();
        bytes = Unpooled.EMPTY_BUFFER;
        at = 0;
        end = 0;
        if (!later.isEmpty()) {
          take(later.remove());
        }
      }
      return at < end;
    }

    void drop() {
      bytes.release();
      bytes = Unpooled.EMPTY_BUFFER;
      at = 0;
      end = 0;
      later.forEach(stretch -> stretch.bytes.release());
      later.clear();
      cutter.release();
    }
  }

  /// Whole rows; owns a reference.
  private record Stretch(ByteBuf bytes, int from, int end) {}

  MergedRows(Scattered texts, ExecutionPort port, Consumer<ByteBuf> announced) {
    this.texts = texts;
    this.port = port;
    this.announced = announced;
    this.order = new RowOrder(texts.order());
    this.heads = new PriorityQueue<>(this::compare);
  }

  private int compare(Part one, Part other) {
    if (one.rank != other.rank) {
      return Integer.compare(one.rank, other.rank);
    }
    int byKey = Long.compareUnsigned(one.key, other.key);
    return byKey != 0 ? byKey : order.compare(one.bytes, one.orderAt, other.bytes, other.orderAt);
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
    part.cutter.cutStretches(run, (bytes, from, end) -> add(part, bytes, from, end));
    drain();
    if (part.heldBytes > HELD_BYTES_MAX || !port.output().isWritable()) {
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
    part.heldBytes += end - from;
    Stretch stretch = new Stretch(bytes.retainedSlice(from, end - from), 0, end - from);
    if (part.isEmpty()) {
      part.take(stretch);
      part.look(order);
      heads.add(part);
    } else {
      part.later.add(stretch);
    }
  }

  /// Whether the next row may be one of a shard that has not sent it yet.
  private boolean isWaiting() {
    if (heads.size() == parts.size() || texts.order().isEmpty()) {
      return false;
    }
    for (Part part : parts) {
      if (part.isEmpty() && !part.call.isOver()) {
        return true;
      }
    }
    return false;
  }

  private void drain() {
    while (!isWaiting() && !heads.isEmpty() && !dropped && port.output().isWritable()) {
      Part part = heads.remove();
      int rowBytes = part.rowBytes();
      give(part);
      if (part.advance(rowBytes)) {
        part.look(order);
        heads.add(part);
      }
    }
    parts.forEach(this::readAgain);
    finishIfDone();
  }

  private void give(Part part) {
    if (skipped < texts.offset()) {
      skipped++;
    } else if (given < texts.limit()) {
      given++;
      int length = order.cut(part.bytes, part.at, part.orderAt);
      port.output().retainBytes(part.bytes, part.at, length);
    }
  }

  private void finishIfDone() {
    if (given >= texts.limit() && !dropped) {
      drop(); // what is still to come is more than was asked for
    }
    if (heads.isEmpty() && areOver()) {
      passed.complete(given);
    }
  }

  private boolean areOver() {
    for (Part part : parts) {
      if (!part.call.isOver()) {
        return false;
      }
    }
    return true;
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
      part.drop();
      part.call.read(true);
    }
  }

  @Override
  public CompletableFuture<Long> passed() {
    return passed;
  }
}
