package io.shardgate.router.plan;

import io.shardgate.router.plan.Plan.QuerySpan;
import org.jspecify.annotations.Nullable;

/// A call in a query whose value no server knows, but the proxy: it stands in the call's place before the query is sent.
public sealed interface Gap {
  /// The tokens of the call, its schema included.
  QuerySpan call();

  /// The function's name, which a column without alias bears.
  String function();

  /// `pg_backend_pid()`: the number that the client was given when it connected.
  record ProcessId(QuerySpan call) implements Gap {
    @Override
    public String function() {
      return "pg_backend_pid";
    }
  }

  /// `pg_cancel_backend`, `pg_terminate_backend`.
  ///
  /// @param process whom it means; null: the caller
  /// @param timeoutMillis how long the end is waited for; null when it is not given
  record Signal(QuerySpan call, String function, @Nullable KeySource process, @Nullable KeySource timeoutMillis) implements Gap {
    /// Whether the session is ended, not only what it runs.
    public boolean terminates() {
      return function.equals("pg_terminate_backend");
    }
  }

  /// `pg_relation_size(…)` and its kin, of a table or index: what the other shards have of it is added.
  ///
  /// @param argument the table or index
  record RelationSize(QuerySpan call, String function, QuerySpan argument) implements Gap {}

  /// `pg_database_size(…)`.
  ///
  /// @param argument the database, by name or number
  record DatabaseSize(QuerySpan call, QuerySpan argument) implements Gap {
    @Override
    public String function() {
      return "pg_database_size";
    }
  }
}
