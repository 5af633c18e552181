package io.shardgate.proxy.execute;

import io.shardgate.router.SqlRouter;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import java.util.concurrent.CompletableFuture;

/// INSERT … VALUES, each row to its shard. Thread-safe: keeps nothing.
final class SplitInsertExecution {
  private SplitInsertExecution() {}

  /// Inserts; the result is the command tag.
  static CompletableFuture<String> run(
      Plan.SplitInsert plan, Execution execution, ExecutionPort port, SqlRouter router, GeneratedValues values) {
    boolean everywhere = plan.destination() instanceof RowDestination.Everywhere;
    int count = router.rowCount(plan, execution.lexed());
    return values.make(plan.table(), plan.generated(), count, port)
        .thenCompose(
            generated ->
                TableLock.take(plan.lockFirst(), port)
                    .thenCompose(
                        _ ->
                            new InsertPieces(execution, port, everywhere, plan.returning())
                                .run(router.split(plan, execution.lexed(), execution.bindings(), port.view(), generated))));
  }
}
