package io.shardgate.router.plan;

import io.shardgate.router.plan.Plan.QuerySpan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How several shards answer a query each for itself: every one runs the user's own text over its rows, and the rows of all are the answer.
///
/// So it is where each row of the answer comes from rows of one key only. What the query orders by, the shards send behind the columns, in a form that is
/// compared byte by byte.
///
/// @param driver the place of the pull whose keys say which shards have a part; every row of the answer comes from a row of it
/// @param results the token behind the columns of the result: FROM
/// @param where the tokens of the condition; null without
/// @param whereAt the token that a WHERE would stand before
/// @param cut the tokens of LIMIT and OFFSET, to the end; null without
/// @param fetch the token of LIMIT's value; null without
/// @param offset the token of OFFSET's; null without
/// @param order what the rows are ordered by; empty: they come as they come
public record Scattering(
    int driver,
    int results,
    @Nullable QuerySpan where,
    int whereAt,
    @Nullable QuerySpan cut,
    @Nullable QuerySpan fetch,
    @Nullable QuerySpan offset,
    List<Order> order) {
  public Scattering {
    order = List.copyOf(order);
  }

  /// An item of ORDER BY.
  ///
  /// @param expression SQL that makes a text of hexadecimal digits of it, for which [Comparison] holds; NULL stays NULL
  public record Order(String expression, Comparison comparison, boolean descending, boolean nullsFirst) {}

  /// How the digits of two values are compared.
  public enum Comparison {
    /// As they are.
    BYTES,
    /// With the first bit turned: integers, and what is kept as one.
    SIGNED,
    /// As `numeric_send` writes it.
    NUMERIC
  }
}
