package io.shardgate.router.catalog;

import io.shardgate.directory.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One function, procedure, aggregate or window function outside `pg_catalog` and `information_schema`.
///
/// @param kind `pg_proc.prokind`: f, p, a, w
/// @param volatility `pg_proc.provolatile`: i, s, v
/// @param body `prosrc`, or what PostgreSQL prints of an SQL-standard body; null for C and internal functions and aggregates
/// @param reads relations that an SQL-standard body names, from `pg_depend`; an aggregate's support functions are in `calls`
/// @param calls functions that it is made of (an aggregate's transition and final functions)
/// @param internal whether the language is `c` or `internal`: compiled code, which is taken to read no tables
public record Function(
    int oid,
    String schema,
    String name,
    String language,
    char kind,
    char volatility,
    @Nullable String body,
    List<TableName> reads,
    List<TableName> calls,
    boolean internal) {

  public Function {
    reads = List.copyOf(reads);
    calls = List.copyOf(calls);
  }

  /// Schema and name in the type that names relations too.
  public TableName qualifiedName() {
    return new TableName(schema, name);
  }
}
