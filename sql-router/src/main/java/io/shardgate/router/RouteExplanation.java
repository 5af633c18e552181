package io.shardgate.router;

import io.shardgate.router.plan.Plan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `EXPLAIN (ROUTE)` answers.
public final class RouteExplanation {
  private RouteExplanation() {}

  /// One line per row of the answer.
  ///
  /// @param decision of a [Plan.Forward]; null when parameters are missing
  public static List<String> of(Plan plan, @Nullable Decision decision, RoutingView view) {
    return List.of(plan.getClass().getSimpleName());
  }
}
