package io.shardgate.router.analyze;

import io.shardgate.router.RoutingView;

/// What the reading of one text shares: the view, the reach, where literals stand, and what has been found so far.
///
/// @param places of the user's text, or of a view's definition
record Planning(RoutingView view, Reach reach, Places places, Operands operands, Reached reached) {
  Planning(RoutingView view, Reach reach, Places places, Reached reached) {
    this(view, reach, places, new Operands(places, reach.hasPlainEquality(), reach.hasPlainOrder()), reached);
  }
}
