package io.shardgate.router;

import io.shardgate.router.plan.Scattering;
import java.util.List;

/// The texts of one execution of a [Scattering].
///
/// @param pieces what each shard runs; behind the columns of the query it sends one text for each item of `order`
/// @param order what the rows are ordered by
/// @param offset how many of the first rows are left out
/// @param limit how many rows there are at most behind those; `Long.MAX_VALUE` without a limit
/// @param conditioned whether some have conditions that the user did not write
/// @param lasting whether other parameters would make the same texts
public record Scattered(List<Split.Piece> pieces, List<Scattering.Order> order, long offset, long limit, boolean conditioned, boolean lasting) {
  public Scattered {
    pieces = List.copyOf(pieces);
    order = List.copyOf(order);
  }

  /// Whether rows can be passed on as they come from a shard.
  public boolean passesWhole() {
    return order.isEmpty() && offset == 0 && limit == Long.MAX_VALUE;
  }
}
