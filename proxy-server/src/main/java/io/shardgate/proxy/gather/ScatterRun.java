package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.execute.RowStream;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Scattered;
import io.shardgate.router.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One query that shards answer each for itself. Confined to its channel's event loop.
///
/// All are asked in one turn. When one fails, the others are cancelled and their rows dropped; the run ends when all have ended and the client has been
/// handed their rows.
final class ScatterRun implements RowStream {
  private final Scattered texts;
  private final MapVersion map;
  private final Execution execution;
  private final ExecutionPort port;
  private final ServerPools pools;
  private final @Nullable Object statement;
  private final StreamedRows rows;
  private final List<ScatterCall> calls = new ArrayList<>();
  private @Nullable Throwable failure;

  /// @param statement see [Gatherer#stream]
  ScatterRun(
      Scattered texts, MapVersion map, Execution execution, ExecutionPort port, ServerPools pools, @Nullable Object statement, Consumer<ByteBuf> columns) {
    this.texts = texts;
    this.map = map;
    this.execution = execution;
    this.port = port;
    this.pools = pools;
    this.statement = statement;
    this.rows = texts.passesWhole() ? new RowsInTurns(port, columns) : new MergedRows(texts, port, columns);
  }

  CompletableFuture<String> run() {
    return SessionShards.join(texts.pieces().stream().map(Split.Piece::shard).toList(), port).thenCompose(this::ask);
  }

  /// Nothing is waited for between the look at the map and the sending.
  private CompletableFuture<String> ask(Map<ShardId, Participant> joined) {
    if (!port.view().map().version().equals(map)) {
      return CompletableFuture.failedFuture(ProxyRefusal.MAP_CHANGED.error());
    }
    port.streaming(this);
    for (Split.Piece piece : texts.pieces()) {
      Conversation conversation = Objects.requireNonNull(joined.get(piece.shard())).conversation();
      calls.add(new ScatterCall(piece, execution, port, conversation, rows, this::fail));
    }
    rows.begin(calls);
    List<CompletableFuture<?>> ends = new ArrayList<>();
    for (ScatterCall call : calls) {
      call.send(texts.order().size(), texts.conditioned(), statement);
      ends.add(call.tag().handle((_, why) -> {
        if (why != null) {
          fail(why);
        }
        return why;
      }));
    }
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .thenCompose(_ -> failure == null ? rows.passed() : CompletableFuture.completedFuture(0L))
        .thenApply(this::concluded);
  }

  private String concluded(long passed) {
    port.streaming(null);
    calls.forEach(call -> call.read(true)); // its last rows may have stopped it, and what ends the transaction has to be heard
    Throwable why = failure;
    if (why != null) {
      throw new CompletionException(why);
    }
    return "SELECT " + passed;
  }

  /// The first failure is the one that is told; what it makes of the others is nobody's error.
  private void fail(Throwable why) {
    if (failure != null) {
      return;
    }
    failure = why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
    rows.drop();
    for (ScatterCall call : calls) {
      if (!call.tag().isDone() && !call.conversation().isLost()) {
        pools.cancel(call.conversation().server());
      }
    }
  }

  @Override
  public void proceed() {
    rows.proceed();
    port.output().flush();
  }

  @Override
  public void abandon() {
    rows.drop();
  }
}
