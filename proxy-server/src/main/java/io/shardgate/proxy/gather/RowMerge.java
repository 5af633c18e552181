package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.router.plan.Scattering;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/// Rows of several sources, each in order, become one sequence in that order, from OFFSET up to LIMIT; without an order, as they come.
/// Not thread-safe; owned by the making of one result.
///
/// A heap of the sources by their next rows. Rows are not cut out: a source holds the stretches of bytes that came, and where its next row begins in the
/// first of them.
public final class RowMerge {
  private final RowOrder order;
  private final boolean ordered;
  private final long offset;
  private final long limit;
  private final List<Source> sources = new ArrayList<>();
  private final PriorityQueue<Source> heads;
  private long skipped;
  private long given;

  /// Takes a row without the columns that it is ordered by. Borrowed.
  public interface RowTaker {
    void take(ByteBuf bytes, int from, int length);
  }

  /// Whole rows; owns a reference.
  private record Stretch(ByteBuf bytes) {}

  /// Not thread-safe; owned by its merge.
  private static final class Source {
    private final ArrayDeque<Stretch> later = new ArrayDeque<>();
    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private int at;
    private int end;
    private int orderAt;
    private int rank;
    private long key;
    private int heldBytes;
    private boolean ended;

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
      at = 0;
      end = bytes.writerIndex();
    }

    /// The row that was next is done with.
    ///
    /// @return whether there is another
    boolean advance(int rowBytes) {
      at += rowBytes;
      heldBytes -= rowBytes;
      if (at == end) {
        drop();
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
    }
  }

  /// @param order what rows end with, and are ordered by
  /// @param offset how many of the first rows are left out
  /// @param limit how many rows there are at most behind those
  public RowMerge(List<Scattering.Order> order, long offset, long limit) {
    this.order = new RowOrder(order);
    this.ordered = !order.isEmpty();
    this.offset = offset;
    this.limit = limit;
    this.heads = new PriorityQueue<>(this::compare);
  }

  private int compare(Source one, Source other) {
    if (one.rank != other.rank) {
      return Integer.compare(one.rank, other.rank);
    }
    int byKey = Long.compareUnsigned(one.key, other.key);
    return byKey != 0 ? byKey : order.compare(one.bytes, one.orderAt, other.bytes, other.orderAt);
  }

  /// Adds a source.
  ///
  /// @return its number, from 0
  public int source() {
    sources.add(new Source());
    return sources.size() - 1;
  }

  /// Whole DataRow messages of a source. Borrowed; a reference is kept until they are given or dropped.
  public void add(int number, ByteBuf bytes, int from, int end) {
    Source source = sources.get(number);
    source.heldBytes += end - from;
    Stretch stretch = new Stretch(bytes.retainedSlice(from, end - from));
    if (source.isEmpty()) {
      source.take(stretch);
      source.look(order);
      heads.add(source);
    } else {
      source.later.add(stretch);
    }
  }

  /// A source has no more rows.
  public void ended(int number) {
    sources.get(number).ended = true;
  }

  /// How much of a source was not given yet.
  public int heldBytes(int number) {
    return sources.get(number).heldBytes;
  }

  /// Gives rows, as long as it is certain which is the next, and there is one.
  ///
  /// @param on whether another is wanted
  public void drain(RowTaker taker, BooleanSupplier on) {
    while (!isWaiting() && !heads.isEmpty() && on.getAsBoolean()) {
      Source source = heads.remove();
      int rowBytes = source.rowBytes();
      give(source, taker);
      if (source.advance(rowBytes)) {
        source.look(order);
        heads.add(source);
      }
    }
  }

  /// Whether the next row may be one of a source that has not brought it yet.
  private boolean isWaiting() {
    if (heads.size() == sources.size() || !ordered) {
      return false;
    }
    for (Source source : sources) {
      if (source.isEmpty() && !source.ended) {
        return true;
      }
    }
    return false;
  }

  private void give(Source source, RowTaker taker) {
    if (skipped < offset) {
      skipped++;
    } else if (given < limit) {
      given++;
      int length = order.cut(source.bytes, source.at, source.orderAt);
      taker.take(source.bytes, source.at, length);
    }
  }

  /// How many rows were given.
  public long given() {
    return given;
  }

  /// Whether that are all that were asked for.
  public boolean isFull() {
    return given >= limit;
  }

  /// Whether nothing is held, and nothing comes any more.
  public boolean isOver() {
    if (!heads.isEmpty()) {
      return false;
    }
    for (Source source : sources) {
      if (!source.ended) {
        return false;
      }
    }
    return true;
  }

  /// Releases what is held.
  public void drop() {
    heads.clear();
    for (Source source : sources) {
      source.drop();
      source.later.forEach(stretch -> stretch.bytes.release());
      source.later.clear();
      source.heldBytes = 0;
    }
  }
}
