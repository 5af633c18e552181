package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.MapVersion;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.router.Decision;
import io.shardgate.router.Scattered;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.plan.Gathering;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Gathers what queries over several shards need.
/// Thread-safe: what queries share is a budget.
public final class Gatherer {
  private final SqlRouter router;
  private final ServerPools pools;
  private final GatherBudget budget;

  /// @param queryBytes most for one query
  /// @param totalBytes most for all at one time
  public Gatherer(SqlRouter router, ServerPools pools, int queryBytes, long totalBytes) {
    this.router = router;
    this.pools = pools;
    this.budget = new GatherBudget(queryBytes, totalBytes);
  }

  /// Pulls a query's rows from their shards, in the session's transaction, and has the home shard read the query meanwhile.
  ///
  /// Completes on the port's event loop, when every shard has said its last word; fails with what the client is to see: PostgreSQL's own error in the
  /// user's text, `0A000` where the query would not mean the same over gathered rows, `53400` where these are too many, `40001` where the map
  /// changed.
  ///
  /// @param map the version of the map that `many` was decided by
  public CompletableFuture<GatheredQuery> gather(Gathering gathering, Decision.Many many, MapVersion map, Execution execution, ExecutionPort port) {
    return run(gathering, many, map, execution, port, Surroundings.NONE).run();
  }

  /// The same for a statement around the query: it is what is bound.
  ///
  /// @param before what stands before the query: DECLARE … FOR
  public CompletableFuture<GatheredQuery> gather(
      Gathering gathering, Decision.Many many, MapVersion map, Execution execution, ExecutionPort port, byte[] before) {
    return run(gathering, many, map, execution, port, Surroundings.cursor(before)).run();
  }

  /// The plans by which shards send what a query needs, and by which the home shard finishes it.
  ///
  /// @param explain what stands before the query: EXPLAIN with its options, of which the format is text
  /// @param analyze whether the query is run
  /// @return the lines of the answer
  public CompletableFuture<List<String>> explain(
      Gathering gathering, Decision.Many many, MapVersion map, Execution execution, ExecutionPort port, byte[] explain, boolean analyze) {
    return new ExplainRun(run(gathering, many, map, execution, port, new Surroundings(explain, false, analyze)), execution, port, explain, analyze).run();
  }

  private GatherRun run(Gathering gathering, Decision.Many many, MapVersion map, Execution execution, ExecutionPort port, Surroundings around) {
    return new GatherRun(gathering, many, map, execution, port, router, pools, budget, around);
  }

  /// Whether shards can answer this execution of a query each for itself: then it is to be [streamed][#stream].
  public @Nullable Scattered streamable(Gathering gathering, Decision.Many many, Execution execution, ExecutionPort port) {
    return gathering.scattering() == null ? null : router.scatter(gathering, many.pulled(), execution.lexed(), execution.bindings(), port.view());
  }

  /// Runs a query on its shards, in the session's transaction, and passes their rows on to the client as they come, in the order that it asks for.
  ///
  /// Completes on the port's event loop, when every shard has said its last word, with the command tag; fails with what the client is to see, be it behind
  /// some rows: a shard's own error, `0A000` where shards have other columns, `40001` where the map changed.
  ///
  /// @param map the version of the map that the texts were made under
  /// @param statement the key of the client's prepared statement, for which its shards keep theirs; null: nothing is kept
  /// @param columns is told the RowDescription before the first row, in the home shard's numbers; borrowed
  public CompletableFuture<String> stream(
      Scattered texts, MapVersion map, Execution execution, ExecutionPort port, @Nullable Object statement, Consumer<ByteBuf> columns) {
    return new ScatterRun(texts, map, execution, port, pools, statement, columns).run();
  }
}
