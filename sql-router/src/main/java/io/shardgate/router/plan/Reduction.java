package io.shardgate.router.plan;

import io.shardgate.router.plan.Plan.QuerySpan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a shard makes of the rows of a query's only table before it sends them. All conditions of the query are the shard's, too.
public sealed interface Reduction {
  /// It sends the first of them only: those that can be among the first of all.
  ///
  /// @param fetch tokens of LIMIT's value; null where it is FETCH FIRST ROW, without one
  /// @param offset tokens of OFFSET's; null without
  record First(List<Order> order, @Nullable QuerySpan fetch, @Nullable QuerySpan offset) implements Reduction {
    public First {
      order = List.copyOf(order);
    }
  }

  /// It locks them. All that meet the conditions are the query's.
  ///
  /// @param clause tokens of FOR UPDATE or its kin, which the query itself is without
  record Locked(QuerySpan clause) implements Reduction {}

  /// An item of ORDER BY.
  ///
  /// @param nullsFirst null where the query does not say
  record Order(QuerySpan expression, boolean descending, @Nullable Boolean nullsFirst) {}

  /// It groups them and sends what its groups come to; the home shard puts groups and values together.
  ///
  /// @param groups the first columns of the pull, by which it groups
  /// @param partials the other columns
  /// @param calls the query's aggregates, in the order of the text
  /// @param where tokens of the WHERE, which the query has no rows for any more; null without
  record Aggregates(int groups, List<Partial> partials, List<Call> calls, @Nullable QuerySpan where) implements Reduction {
    public Aggregates {
      partials = List.copyOf(partials);
      calls = List.copyOf(calls);
    }
  }

  /// A column that a shard computes for each group.
  ///
  /// @param function what is called with these tokens; null: they are the call
  record Partial(@Nullable String function, QuerySpan tokens) {}

  /// An aggregate of the query.
  ///
  /// @param column the place of the (first) partial among the pull's columns
  record Call(QuerySpan tokens, Combination combination, int column) {}

  /// How partial values become the whole's, of the same type: `%1$s` stands for the partial column, `%2$s` for the one behind it.
  enum Combination {
    /// Counts are added; of no rows at all the count is 0.
    COUNT("COALESCE(pg_catalog.sum(%1$s), 0)::pg_catalog.int8"),
    /// `sum` of small integers is a bigint.
    SUM_OF_INTEGERS("pg_catalog.sum(%1$s)::pg_catalog.int8"),
    SUM("pg_catalog.sum(%1$s)"),
    MIN("pg_catalog.min(%1$s)"),
    MAX("pg_catalog.max(%1$s)"),
    BOOL_AND("pg_catalog.bool_and(%1$s)"),
    BOOL_OR("pg_catalog.bool_or(%1$s)"),
    /// As PostgreSQL does it: the numeric sum divided by the count.
    AVERAGE(
        "(CASE WHEN pg_catalog.sum(%2$s) OPERATOR(pg_catalog.>) 0 THEN pg_catalog.sum(%1$s) OPERATOR(pg_catalog./) pg_catalog.sum(%2$s) END)");

    private final String sql;

    Combination(String sql) {
      this.sql = sql;
    }

    /// The expression over these columns.
    public String over(String partial, String next) {
      return sql.replace("%1$s", partial).replace("%2$s", next);
    }
  }
}
