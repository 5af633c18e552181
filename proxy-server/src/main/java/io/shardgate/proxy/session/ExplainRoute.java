package io.shardgate.proxy.session;

import io.shardgate.router.Bindings;
import io.shardgate.router.Decision;
import io.shardgate.router.RouteExplanation;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.DataStatement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// `EXPLAIN (ROUTE) …`: which shards a statement would go to, and why. Nothing is run.
final class ExplainRoute {
  private ExplainRoute() {}

  static CompletableFuture<Void> run(ClientSession session, DataStatement.Explain explain, boolean describe) {
    return session.plan(explain.body())
        .thenAccept(
            plan -> {
              Decision decision = decide(session, plan, explain);
              List<List<String>> rows =
                  RouteExplanation.of(plan, decision, session.view()).stream().map(List::of).toList();
              ShowShardgate.write(session, List.of("QUERY PLAN"), rows, "EXPLAIN", describe);
            });
  }

  private static @Nullable Decision decide(ClientSession session, Plan plan, DataStatement.Explain explain) {
    if (plan instanceof Plan.Forward forward && explain.body().parameterCount() == 0) {
      return session.services().router().decide(forward, explain.body(), Bindings.NONE, session.view());
    }
    return null;
  }
}
