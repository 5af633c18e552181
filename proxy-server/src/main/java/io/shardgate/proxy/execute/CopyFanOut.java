package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.copy.FieldFinder;
import io.shardgate.proxy.execute.copy.RowCutter;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.plan.Plan;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// A client's COPY stream on its way to the shards, row by row. Confined to its channel's event loop.
///
///     TAKING → STOPPING [own failure: rows held before it go on] → FAILING [every shard gets the rows before it, then CopyFail]
///     TAKING → FAILING [a shard's failure]                       → FAILED [all shards answered]
///
/// Memory is bounded: one row being gathered, those whose keys are being asked for or placed, one block per shard, and what the sockets take; beyond that
/// the client waits. What the client is told is the failure on the earliest line of its stream, as one server would meet it, not that of the fastest shard.
final class CopyFanOut implements CopySink, RowCutter.Taker, HeldRows.Taker {
  private final Plan.CopyIn plan;
  private final Map<ShardId, ShardCopy> copies;
  private final HeldRows held;
  private final RowCutter cutter;
  private final FieldFinder counter;
  private final GeneratedStock stock;
  private final GeneratedFields fields;
  private long line;
  private final CompletableFuture<Void> broken = new CompletableFuture<>();
  private boolean ended;
  private @Nullable Throwable stopping;
  private @Nullable Throwable failure;
  private @Nullable CompletableFuture<Void> writable;

  /// @param copies each shard's, open
  /// @param counter counts the fields of rows that get more
  CopyFanOut(
      Plan.CopyIn plan, Map<ShardId, ShardCopy> copies, HeldRows held, RowCutter cutter, FieldFinder counter, GeneratedStock stock,
      GeneratedFields fields) {
    this.plan = plan;
    this.copies = copies;
    this.held = held;
    this.cutter = cutter;
    this.counter = counter;
    this.stock = stock;
    this.fields = fields;
    copies.values().forEach(copy -> copy.tag().whenComplete((_, why) -> shardEnded(why)));
  }

  @Override
  public boolean data(ByteBuf piece) {
    if (isOver()) {
      return true;
    }
    try {
      cutter.add(piece);
      cutter.cut(this);
    } catch (RuntimeException unusable) {
      stop(located(unusable));
    }
    if (!wantsRow()) {
      restock();
    }
    return isReady();
  }

  private boolean isOver() {
    return failure != null || stopping != null;
  }

  private boolean isReady() {
    return wantsRow() && copies.values().stream().allMatch(ShardCopy::isWritable);
  }

  @Override
  public boolean wantsRow() {
    return !isOver() && !stock.isEmpty() && held.hasRoom();
  }

  @Override
  public void header(byte[] bytes, int from, int end, int lines) {
    byte[] header = fields.header(bytes, from, end);
    for (ShardCopy copy : copies.values()) {
      for (int i = 1; i <= lines; i++) {
        copy.line(line + i);
      }
      copy.append(header, 0, header.length);
    }
    line += lines;
  }

  @Override
  public void row(byte[] bytes, int from, int contentEnd, int end, int lines) {
    List<@Nullable String> made = stock.take();
    RowOwner owner = held.ownerOf(bytes, from, contentEnd, made);
    if (held.isEmpty() && !(owner instanceof RowOwner.Unplaced) && !(owner instanceof RowOwner.Unread)) {
      give(owner, bytes, from, contentEnd, end, line, lines, made);
    } else {
      held.add(bytes, from, contentEnd, end, line, lines, made, this::heldReady);
      held.drain(this);
    }
    line += lines;
  }

  @Override
  public void give(RowOwner owner, HeldRows.Row row) {
    if (failure == null) {
      give(owner, row.bytes, 0, row.contentEnd, row.bytes.length, row.line, row.lines, row.made);
    }
  }

  @Override
  public void refused(Throwable why, HeldRows.Row row) {
    abort(located(why, where(row.line + row.lines)));
  }

  private void heldReady() {
    if (failure != null) {
      return;
    }
    held.drain(this);
    Throwable own = stopping;
    if (own != null && held.isEmpty()) {
      abort(own);
    }
    resume();
  }

  private void give(
      RowOwner owner, byte[] bytes, int from, int contentEnd, int end, long before, int lines, List<@Nullable String> generated) {
    List<@Nullable String> made = generated;
    if (!made.isEmpty()) {
      if (counter.count(bytes, from, contentEnd) < plan.columns().size()) {
        made = List.of(); // the shard's error is about what the client left out
      }
    }
    switch (owner) {
      case RowOwner.One(ShardId shard) -> give(copies.get(shard), bytes, from, contentEnd, end, before, lines, made);
      case RowOwner.Everywhere _ -> {
        for (ShardCopy copy : copies.values()) {
          give(copy, bytes, from, contentEnd, end, before, lines, made);
        }
      }
      case RowOwner.Unplaced _, RowOwner.Unread _ -> throw new IllegalStateException("a row without a shard");
    }
  }

  private void give(
      @Nullable ShardCopy copy, byte[] bytes, int from, int contentEnd, int end, long before, int lines, List<@Nullable String> made) {
    if (copy == null) {
      throw ProxyRefusal.MAP_CHANGED.error(); // the shard came after the COPY began
    }
    for (int i = 1; i <= lines; i++) {
      copy.line(before + i);
    }
    if (made.isEmpty()) {
      copy.append(bytes, from, end);
      copy.endRow(end - from);
      return;
    }
    byte[] row = fields.appended(bytes, from, contentEnd, end, made);
    copy.append(row, 0, row.length);
    copy.endRow(row.length);
  }

  private void restock() {
    if (isOver() || !stock.isEmpty()) {
      return;
    }
    stock.fetch()
        .whenComplete(
            (_, why) -> {
              if (why != null) {
                stop(located(why));
                return;
              }
              resume();
            });
  }

  /// Goes on with what has come already.
  private void resume() {
    if (ended) {
      return;
    }
    try {
      cutter.cut(this);
    } catch (RuntimeException unusable) {
      stop(located(unusable));
    }
    restock();
    shardWritable();
  }

  @Override
  public CompletableFuture<Void> whenWritable() {
    CompletableFuture<Void> waiting = writable;
    if (waiting == null) {
      waiting = new CompletableFuture<>();
      writable = waiting;
      shardWritable();
    }
    return waiting;
  }

  @Override
  public void shardWritable() {
    CompletableFuture<Void> waiting = writable;
    if (waiting != null && (isOver() || isReady())) {
      writable = null;
      waiting.complete(null);
    }
  }

  @Override
  public CompletableFuture<Void> broken() {
    return broken;
  }

  @Override
  public CompletableFuture<Void> done() {
    if (isOver()) {
      return broken;
    }
    try {
      cutter.end();
      boolean all = cutter.cut(this);
      if (!isOver() && !held.isEmpty()) {
        return held.emptied().thenCompose(_ -> done());
      }
      if (!all && !isOver()) {
        return stock.fetch().handle((_, why) -> why).thenCompose(this::doneAfterFetch);
      }
    } catch (RuntimeException unusable) {
      stop(located(unusable));
    }
    if (isOver()) {
      return broken;
    }
    ended = true;
    copies.values().forEach(ShardCopy::done);
    return allAnswered().thenCompose(_ -> failure == null ? CompletableFuture.completedFuture(null) : broken);
  }

  private CompletableFuture<Void> doneAfterFetch(@Nullable Throwable why) {
    if (why != null) {
      stop(located(why));
    }
    return done();
  }

  @Override
  public CompletableFuture<Void> failed(String reason) {
    stop(located(new ServerErrorException(SqlState.QUERY_CANCELED, "COPY from stdin failed: " + reason)));
    return broken;
  }

  @Override
  public String where() {
    return where(line + cutter.linesBegun());
  }

  private String where(long at) {
    return "COPY " + plan.table().name() + ", line " + at;
  }

  private void shardEnded(@Nullable Throwable why) {
    if (why != null) {
      abort(why);
    }
  }

  /// Completes when every shard has told its tag or its error.
  private CompletableFuture<Void> allAnswered() {
    CompletableFuture<?>[] tags = copies.values().stream().map(ShardCopy::tag).toArray(CompletableFuture[]::new);
    // The last shard's failure comes here before it comes to shardEnded: dependents of a future run last in, first out.
    return CompletableFuture.allOf(tags).handle((_, why) -> {
      shardEnded(why == null ? null : unwrapped(why));
      return null;
    });
  }

  /// Something is wrong with the stream: what came before it goes on to its shards, whose own complaints would come first.
  private void stop(Throwable why) {
    if (held.isEmpty()) {
      abort(why);
    } else if (!isOver()) {
      stopping = why;
      shardWritable();
    }
  }

  private void abort(Throwable why) {
    if (failure != null) {
      return;
    }
    failure = why;
    held.clear();
    copies.values().forEach(ShardCopy::endEarly);
    shardWritable();
    allAnswered().thenRun(() -> broken.completeExceptionally(earliest(why)));
  }

  /// The failure on the earliest line; one that speaks of no line (a lost connection) stays if it came first.
  private Throwable earliest(Throwable first) {
    Throwable earliest = first;
    for (ShardCopy copy : copies.values()) {
      Throwable other = copy.tag().handle((_, why) -> why).join();
      if (other != null && lineOf(other) < lineOf(earliest) && lineOf(first) != Long.MAX_VALUE) {
        earliest = other;
      }
    }
    return earliest;
  }

  private static long lineOf(Throwable why) {
    return why instanceof ServerErrorException known ? ShardCopy.lineOf(known.fields()) : Long.MAX_VALUE;
  }

  private static Throwable unwrapped(Throwable why) {
    return why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
  }

  private Throwable located(Throwable why) {
    return located(why, where());
  }

  private static Throwable located(Throwable why, String where) {
    Throwable unusable = unwrapped(why);
    if (unusable instanceof ServerErrorException known && known.fields().field(ErrorFields.WHERE).isEmpty()) {
      return new ServerErrorException(known.fields().with(ErrorFields.WHERE, where));
    }
    return unusable;
  }
}
