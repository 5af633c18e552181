package io.shardgate.proxy.gather;

import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Decision;
import io.shardgate.router.Gathered;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.plan.Gathering;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Gathers for one query. Confined to its channel's event loop.
///
/// The home shard joins first, then the others in the map's order. Then all are asked in one turn; when one fails, or sends more than there is room
/// for, the others are cancelled. The run ends when all have ended.
final class GatherRun {
  private final Gathering gathering;
  private final Decision.Many many;
  private final MapVersion map;
  private final Execution execution;
  private final ExecutionPort port;
  private final SqlRouter router;
  private final ServerPools pools;
  private final GatherBudget budget;
  private final Surroundings around;
  private List<Gathered.Leaf> leaves = List.of();
  private CompletableFuture<String> read = new CompletableFuture<>();
  private final Map<Participant, LeafCall> running = new LinkedHashMap<>();
  private Map<ShardId, Participant> joined = Map.of();
  private @Nullable Throwable failure;

  GatherRun(
      Gathering gathering, Decision.Many many, MapVersion map, Execution execution, ExecutionPort port, SqlRouter router, ServerPools pools,
      GatherBudget budget, Surroundings around) {
    // What a cursor's columns are called, only its own text says: it is kept as it is.
    this.gathering = around.keepsText() ? gathering.unreduced() : gathering;
    this.many = many;
    this.map = map;
    this.execution = execution;
    this.port = port;
    this.router = router;
    this.pools = pools;
    this.budget = budget;
    this.around = around;
  }

  CompletableFuture<GatheredQuery> run() {
    ShardId home = port.view().map().home();
    List<ShardId> shards = new ArrayList<>(List.of(home));
    Set<ShardId> needed = many.shards();
    port.view().map().allShards().stream().filter(shard -> needed.contains(shard) && !shard.equals(home)).forEach(shards::add);
    return SessionShards.join(shards, port)
        .thenCompose(
            all -> {
              joined = all;
              return ask(home);
            });
  }

  /// Nothing is waited for between the look at the map and the sending.
  private CompletableFuture<GatheredQuery> ask(ShardId home) {
    if (!port.view().map().version().equals(map)) {
      return CompletableFuture.failedFuture(ProxyRefusal.MAP_CHANGED.error());
    }
    Gathered texts = router.gather(gathering, many.pulled(), execution.lexed(), execution.bindings(), port.view());
    GatheredRows rows = new GatheredRows(texts.gathering(), budget);
    return ask(home, texts, rows).whenComplete((_, why) -> {
      if (why != null) {
        rows.close();
      }
    });
  }

  private CompletableFuture<GatheredQuery> ask(ShardId home, Gathered texts, GatheredRows rows) {
    Participant finisher = Objects.requireNonNull(joined.get(home));
    Reading reading = Reading.start(finisher.conversation(), texts.last(), around.before(), gathering, execution, port);
    List<CompletableFuture<?>> ends = new ArrayList<>();
    read = reading.tag();
    ends.add(ended(read));
    leaves = texts.leaves();
    for (Gathered.Leaf leaf : around.pulls() ? leaves : List.<Gathered.Leaf>of()) {
      Participant participant = Objects.requireNonNull(joined.get(leaf.piece().shard()));
      LeafCall call = LeafCall.start(leaf, texts.gathering(), gathering.borrowsRights(), execution, port, participant.conversation(), rows, this::fail);
      running.put(participant, call);
      ends.add(ended(call.tag()));
    }
    finisher.conversation().flush();
    read.whenComplete((_, _) -> {
      LeafCall own = running.get(finisher);
      if (failure != null && own != null) {
        cancel(finisher, own);
      }
    });
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .thenCompose(_ -> {
          // What is wrong with the user's text is told before what a shard says of a piece of it, whoever was first.
          Throwable why = read.isCompletedExceptionally() ? read.exceptionNow() : failure;
          return why != null
              ? CompletableFuture.failedFuture(why)
              : CompletableFuture.completedFuture(new GatheredQuery(finisher, texts.last(), execution.bindings(), reading.description(), rows));
        });
  }

  /// What each shard was asked for, or would have been.
  List<Gathered.Leaf> leaves() {
    return leaves;
  }

  /// The shard's part in the session.
  Participant participant(ShardId shard) {
    return Objects.requireNonNull(joined.get(shard));
  }

  /// What it sent; null where it was not asked.
  @Nullable LeafCall call(ShardId shard) {
    return running.get(participant(shard));
  }

  private CompletableFuture<String> ended(CompletableFuture<String> tag) {
    return tag.exceptionally(
        why -> {
          fail(why);
          return "";
        });
  }

  /// The first failure is the one that is told; what it makes of the others is nobody's error.
  private void fail(Throwable why) {
    if (failure != null) {
      return;
    }
    failure = why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
    running.forEach(
        (participant, call) -> {
          call.refuseRows();
          cancel(participant, call);
        });
  }

  /// What the home shard says of the user's text comes before all else: it is not cancelled while it reads that.
  private void cancel(Participant participant, LeafCall call) {
    boolean reads = participant.shard().equals(port.view().map().home()) && !read.isDone();
    if (!reads && !call.tag().isDone() && !participant.conversation().isLost()) {
      pools.cancel(participant.conversation().server());
    }
  }
}
