package io.shardgate.router.analyze;

import io.shardgate.router.RoutingView;
import io.shardgate.router.grammar.tree.PgTableRef;
import org.jspecify.annotations.Nullable;

/// What the reading of one text shares: the view, the reach, where literals stand, and what has been found so far.
///
/// @param places of the user's text, or of a view's definition
/// @param whole the view of the user's text that this is in, where its rows can be had as they are ([ShardwiseView])
record Planning(RoutingView view, Reach reach, Places places, Operands operands, Reached reached, @Nullable PgTableRef whole) {
  Planning(RoutingView view, Reach reach, Places places, Reached reached, @Nullable PgTableRef whole) {
    this(view, reach, places, new Operands(places, reach.hasPlainEquality(), reach.hasPlainOrder()), reached, whole);
  }

  Planning(RoutingView view, Reach reach, Places places, Reached reached) {
    this(view, reach, places, reached, null);
  }
}
