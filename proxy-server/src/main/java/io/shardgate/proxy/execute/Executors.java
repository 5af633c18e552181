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
  public Executors(ServiceConnections service, RoleVerifiers roles, Databases databases, Supplier<ShardMap> map) {}

  @Override
  public CompletableFuture<String> execute(Plan plan, Execution execution, ExecutionPort port) {
    return CompletableFuture.failedFuture(
        new ServerErrorException(SqlState.FEATURE_NOT_SUPPORTED, "statements over several shards are not supported"));
  }
}
