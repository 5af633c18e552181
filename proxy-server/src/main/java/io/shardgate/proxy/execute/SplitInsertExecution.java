package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.router.Split;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.UnplacedKey;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// INSERT … VALUES, each row to its shard. Thread-safe: keeps nothing.
final class SplitInsertExecution {
  private SplitInsertExecution() {}

  /// Inserts; the result is the command tag.
  static CompletableFuture<String> run(
      Plan.SplitInsert plan, Execution execution, ExecutionPort port, SqlRouter router, GeneratedValues values, PlacedKeys keys,
      TextReadings readings) {
    boolean everywhere = plan.destination() instanceof RowDestination.Everywhere;
    int count = router.rowCount(plan, execution.lexed());
    return values.make(plan.table(), plan.generated(), count, port)
        .thenCompose(
            generated ->
                TableLock.take(plan.lockFirst(), port)
                    .thenCompose(_ -> readings.settled(attempt(plan, execution, port, router, keys, generated), execution.terms(), port))
                    .thenCompose(
                        split -> {
                          Plan.InsertSelect made = made(split, plan, execution, port, router);
                          return made == null
                              ? new InsertPieces(execution, port, everywhere, plan.returning()).run(split)
                              : new InsertSelectExecution(made, execution, port, router, values, keys, readings).run();
                        }));
  }

  /// Where only a server can read a row's key, the home shard makes the rows.
  private static Plan.@Nullable InsertSelect made(Split split, Plan.SplitInsert plan, Execution execution, ExecutionPort port, SqlRouter router) {
    boolean isOfKey = split instanceof Split.Refused(Plan.Refuse why) && why.refusal().isOfNewKey();
    return isOfKey ? router.madeRows(plan, execution.lexed(), port.view(), execution.terms().parsedNow()) : null;
  }

  private static TextReadings.Attempt<Split> attempt(
      Plan.SplitInsert plan, Execution execution, ExecutionPort port, SqlRouter router, PlacedKeys keys, List<List<@Nullable String>> generated) {
    return new TextReadings.Attempt<>(
        meanings ->
            keys.settled(
                absent -> {
                  requireSame(plan.destination(), port);
                  return router.split(plan, execution.lexed(), execution.bindings(), port.view(), generated, absent, meanings);
                },
                SplitInsertExecution::missing, port.eventLoop()),
        Split.Refused.class::isInstance,
        () -> owners(plan.destination(), port.view().map()));
  }

  static Set<ShardId> owners(RowDestination destination, ShardMap map) {
    return destination instanceof RowDestination.ByKey byKey ? map.keySpace(byKey.group()).owners() : Set.of();
  }

  /// After a wait the map may be another one, but not for this table.
  static void requireSame(RowDestination destination, ExecutionPort port) {
    if (destination instanceof RowDestination.ByKey byKey) {
      PlacedKeys.requireSame(byKey.group(), port.view().map());
    }
  }

  static List<UnplacedKey> missing(Split split) {
    return split instanceof Split.Unplaced(List<UnplacedKey> keys) ? keys : List.of();
  }
}
