package io.shardgate.proxy.session;

import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.StatementReader;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Runs a plan over several shards, and follows what its functions left in the session on each of them.
final class SpreadRun {
  private SpreadRun() {}

  /// Executes; gives the command tag. The transaction it ran in is open still.
  static CompletableFuture<String> of(ClientSession session, Plan plan, Execution execution) {
    Residue residue = Route.residue(PlanEffects.of(plan), execution.lexed(), execution.bindings());
    return before(session, residue)
        .thenCompose(
            values ->
                run(session, plan, execution)
                    .whenComplete((_, _) -> note(session, residue))
                    .thenCompose(tag -> after(session, residue, values).thenApply(_ -> tag)));
  }

  private static CompletableFuture<String> run(ClientSession session, Plan plan, Execution execution) {
    return plan instanceof Plan.AroundQuery around ? around(session, around, execution) : session.services().executor().execute(plan, execution, session);
  }

  /// A statement around a query of several shards.
  private static CompletableFuture<String> around(ClientSession session, Plan.AroundQuery plan, Execution execution) {
    return Route.settled(session, plan.body(), plan.query(), execution.bindings(), execution.terms())
        .thenCompose(
            routed -> switch (routed) {
              case Route _ -> throw ProxyRefusal.MAP_CHANGED.error();
              case Routed.Made _ -> throw Routed.noRows();
              case Routed.Together together -> {
                yield switch (StatementReader.read(execution.lexed())) {
                  case DataStatement.Copy copy -> new GatheredCopy(session, copy, execution).run(together);
                  case DataStatement.Explain explain -> new GatheredExplain(session, explain, execution).run(together);
                  default -> throw new IllegalStateException("around a query: " + execution.lexed() + " (expected: COPY or EXPLAIN)");
                };
              }
            });
  }

  /// The values of the settings that the statement may change: afterwards, the shard where one differs is the one that changed it.
  private static CompletableFuture<Map<String, String>> before(ClientSession session, Residue residue) {
    return residue.settings().isEmpty()
        ? CompletableFuture.completedFuture(Map.of())
        : session.join(session.map().home()).thenCompose(home -> Aftermath.values(home, residue.settings()));
  }

  /// A custom setting stays known to a server even when the statement that set it fails.
  private static void note(ClientSession session, Residue residue) {
    if (!residue.settings().isEmpty()) {
      session.block().participants().forEach(participant -> participant.conversation().state().mayKnow(residue.settings()));
    }
  }

  private static CompletableFuture<Void> after(ClientSession session, Residue residue, Map<String, String> before) {
    if (residue.catalog()) {
      session.sessionView().catalogChanged();
    }
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (Participant participant : List.copyOf(session.block().participants())) {
      done = done.thenCompose(_ -> session.aftermath().ofOneOfMany(participant, residue, before));
    }
    return done;
  }
}
