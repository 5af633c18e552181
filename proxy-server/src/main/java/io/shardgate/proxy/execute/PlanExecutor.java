package io.shardgate.proxy.execute;

import io.shardgate.router.plan.Plan;
import java.util.concurrent.CompletableFuture;

/// Carries out plans that are neither answered locally nor forwarded whole.
public interface PlanExecutor {
  /// Runs a plan; rows and notices go to the port's output, in order.
  ///
  /// The future gives the command tag, or fails with a [io.shardgate.proxy.relay.ServerErrorException] that the client is to see. It completes on
  /// the port's event loop. Nothing is committed here: the session ends its transaction.
  CompletableFuture<String> execute(Plan plan, Execution execution, ExecutionPort port);

  /// Sequences of a database may count from elsewhere now, or be gone: nothing that was fetched of them is given out any more.
  void sequencesChanged(String database);
}
