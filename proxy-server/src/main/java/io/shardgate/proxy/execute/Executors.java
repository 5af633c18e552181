package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.catalog.Databases;
import io.shardgate.proxy.catalog.RoleRecording;
import io.shardgate.proxy.catalog.RoleVerifiers;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.plan.Plan;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// The executor of each plan.
/// Thread-safe: executions keep their state to themselves.
public final class Executors implements PlanExecutor {
  private final EveryShard everyShard;
  private final SqlRouter router;
  private final SequenceBlocks sequences;
  private final GeneratedValues values;
  private final PlacedKeys keys;
  private final TextReadings readings;
  private final OtherShardsSizes sizes;
  private final SignalRights rights;
  private final OneByOne oneByOne = new OneByOne();

  /// @param router cuts rows to shards
  public Executors(
      SqlRouter router, PlacedKeys keys, TextReadings readings, ServiceConnections service, RoleVerifiers roles, RoleRecording recording, Databases databases, ServerPools pools,
      Supplier<ShardMap> map) {
    this.router = router;
    this.keys = keys;
    this.readings = readings;
    this.sequences = new SequenceBlocks(service, map);
    this.values = new GeneratedValues(sequences);
    this.sizes = new OtherShardsSizes(service);
    this.rights = new SignalRights(service);
    everyShard = new EveryShard(roles, recording, databases, pools);
  }

  @Override
  public void sequencesChanged(String database) {
    sequences.forget(database);
  }

  @Override
  public CompletableFuture<String> execute(Plan plan, Execution execution, ExecutionPort port) {
    if (execution.lexed().is(0, "lock") && !port.block().isExplicit()) {
      return CompletableFuture.failedFuture(
          new ServerErrorException(SqlState.NO_ACTIVE_SQL_TRANSACTION, "LOCK TABLE can only be used in transaction blocks"));
    }
    return switch (plan) {
      case Plan.Broadcast broadcast ->
          SequenceGuards.before(broadcast, execution, port)
              .thenCompose(_ -> everyShard.execute(broadcast, execution, port))
              .thenCompose(tag -> counted(broadcast, execution, port).thenApply(_ -> tag));
      case Plan.Filled filled -> new FilledExecution(filled, execution, port, router, sizes, rights).run();
      case Plan.ShardByShard shards -> oneByOne.execute(shards, execution, port);
      case Plan.SplitInsert insert -> SplitInsertExecution.run(insert, execution, port, router, values, keys, readings);
      case Plan.InsertSelect insert -> new InsertSelectExecution(insert, execution, port, router, values, keys, readings).run();
      case Plan.CopyIn copy -> new CopyInExecution(copy, execution, port, router, values, keys, readings).run();
      case Plan.CopyOut copy -> new CopyOutExecution(copy, execution, port).run();
      case Plan.Local _, Plan.Forward _, Plan.AroundQuery _, Plan.Refuse _ ->
          throw new IllegalArgumentException("plan: " + plan.getClass().getSimpleName() + " (expected: one for several shards)");
    };
  }

  /// DDL and TRUNCATE … RESTART IDENTITY change where sequences count from; they go on counting on the home shard only.
  private CompletableFuture<Void> counted(Plan.Broadcast broadcast, Execution execution, ExecutionPort port) {
    return broadcast.effects().changesCatalog() ? SequenceGuards.after(execution, port) : CompletableFuture.completedFuture(null);
  }
}
