package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.copy.FieldFinder;
import io.shardgate.proxy.execute.copy.RowCutter;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.plan.Plan;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// A client's COPY stream on its way to the shards, row by row. Confined to its channel's event loop.
///
/// Memory is bounded: one row being gathered, one block per shard, and what the sockets take; beyond that the client waits. The
/// first shard that fails ends the COPY on all others.
final class CopyFanOut implements CopySink, RowCutter.Taker {
  private final Plan.CopyIn plan;
  private final Map<ShardId, ShardCopy> copies;
  private final CopyOwners owners;
  private final RowCutter cutter;
  private final FieldFinder counter;
  private final GeneratedStock stock;
  private final GeneratedFields fields;
  private long line;
  private @Nullable Throwable failure;
  private @Nullable CompletableFuture<Void> writable;

  /// @param copies each shard's, open
  /// @param counter counts the fields of rows that get more
  CopyFanOut(
      Plan.CopyIn plan, Map<ShardId, ShardCopy> copies, CopyOwners owners, RowCutter cutter, FieldFinder counter, GeneratedStock stock,
      GeneratedFields fields) {
    this.plan = plan;
    this.copies = copies;
    this.owners = owners;
    this.cutter = cutter;
    this.counter = counter;
    this.stock = stock;
    this.fields = fields;
    copies.values().forEach(copy -> copy.tag().whenComplete((_, why) -> shardEnded(why)));
  }

  @Override
  public boolean data(ByteBuf piece) {
    throwFailure();
    try {
      cutter.add(piece);
      cutter.cut(this);
    } catch (RuntimeException unusable) {
      throw abort(located(unusable));
    }
    if (!wantsRow()) {
      restock();
    }
    return isReady();
  }

  private boolean isReady() {
    return wantsRow() && copies.values().stream().allMatch(ShardCopy::isWritable);
  }

  @Override
  public boolean wantsRow() {
    return failure == null && !stock.isEmpty();
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
    ShardId owner = owners.ownerOf(bytes, from, contentEnd, made);
    if (!made.isEmpty()) {
      if (counter.count(bytes, from, contentEnd) < plan.columns().size()) {
        made = List.of(); // the shard's error is about what the client left out
      }
    }
    if (owner != null) {
      give(copies.get(owner), bytes, from, contentEnd, end, lines, made);
    } else {
      for (ShardCopy copy : copies.values()) {
        give(copy, bytes, from, contentEnd, end, lines, made);
      }
    }
    line += lines;
  }

  private void give(
      @Nullable ShardCopy copy, byte[] bytes, int from, int contentEnd, int end, int lines, List<@Nullable String> made) {
    if (copy == null) {
      throw new IllegalStateException("a row for a shard that takes no part in the COPY");
    }
    for (int i = 1; i <= lines; i++) {
      copy.line(line + i);
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
    if (failure != null || !stock.isEmpty()) {
      return;
    }
    stock.fetch()
        .whenComplete(
            (_, why) -> {
              if (why != null) {
                abort(why);
                return;
              }
              try {
                cutter.cut(this);
              } catch (RuntimeException unusable) {
                abort(located(unusable));
              }
              restock();
              shardWritable();
            });
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
    if (waiting != null && (failure != null || isReady())) {
      writable = null;
      waiting.complete(null);
    }
  }

  @Override
  public CompletableFuture<Void> done() {
    try {
      throwFailure();
      cutter.end();
      boolean all = cutter.cut(this);
      throwFailure();
      if (!all) {
        return stock.fetch().thenCompose(_ -> done());
      }
    } catch (RuntimeException unusable) {
      return CompletableFuture.failedFuture(abort(located(unusable)));
    }
    copies.values().forEach(ShardCopy::done);
    CompletableFuture<?>[] tags = copies.values().stream().map(ShardCopy::tag).toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(tags)
        .handle(
            (_, why) -> {
              // The last shard's failure comes here before it comes to shardEnded: dependents of a future run last in, first out.
              shardEnded(why instanceof CompletionException && why.getCause() != null ? why.getCause() : why);
              throwFailure();
              return (Void) null;
            });
  }

  @Override
  public void failed(String reason) {
    abort(new ServerErrorException(SqlState.QUERY_CANCELED, "COPY from stdin failed: " + reason));
  }

  private void shardEnded(@Nullable Throwable why) {
    if (why != null && failure == null) {
      abort(why);
    }
  }

  private RuntimeException abort(Throwable why) {
    if (failure == null) {
      failure = why;
      copies.values().forEach(copy -> copy.fail("another shard failed"));
      shardWritable();
    }
    return why instanceof RuntimeException known ? known : new IllegalStateException(why);
  }

  private void throwFailure() {
    Throwable why = failure;
    if (why instanceof RuntimeException known) {
      throw known;
    }
    if (why != null) {
      throw new IllegalStateException(why);
    }
  }

  private RuntimeException located(RuntimeException unusable) {
    if (unusable instanceof ServerErrorException known && known.fields().field(ErrorFields.WHERE).isEmpty()) {
      String where = "COPY " + plan.table().name() + ", line " + (line + 1);
      return new ServerErrorException(known.fields().with(ErrorFields.WHERE, where));
    }
    return unusable;
  }
}
