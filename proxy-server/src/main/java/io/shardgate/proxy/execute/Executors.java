package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.catalog.Databases;
import io.shardgate.proxy.catalog.RoleVerifiers;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.plan.Plan;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// The executor of each plan.
/// Thread-safe: executions keep their state to themselves.
public final class Executors implements PlanExecutor {
  private final EveryShard everyShard;
  private final OneByOne oneByOne = new OneByOne();

  public Executors(ServiceConnections service, RoleVerifiers roles, Databases databases, Supplier<ShardMap> map) {
    everyShard = new EveryShard(roles, databases);
  }

  @Override
  public CompletableFuture<String> execute(Plan plan, Execution execution, ExecutionPort port) {
    return switch (plan) {
      case Plan.Broadcast broadcast -> everyShard.execute(broadcast, execution, port);
      case Plan.ShardByShard shards -> oneByOne.execute(shards, execution, port);
      case Plan.SplitInsert _, Plan.InsertSelect _, Plan.CopyIn _, Plan.CopyOut _ ->
          CompletableFuture.failedFuture(
              new ServerErrorException(SqlState.FEATURE_NOT_SUPPORTED, "statements over several shards are not supported"));
      case Plan.Local _, Plan.Forward _, Plan.ParseOnHome _, Plan.Refuse _ ->
          throw new IllegalArgumentException("plan: " + plan.getClass().getSimpleName() + " (expected: one for several shards)");
    };
  }
}
