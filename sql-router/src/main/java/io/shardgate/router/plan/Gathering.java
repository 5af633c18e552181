package io.shardgate.router.plan;

import io.shardgate.directory.TableName;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.plan.Plan.QuerySpan;
import java.util.List;

/// How a query that needs rows of several shards is answered: each reference to a table is pulled from where its rows are, and the home shard runs the
/// user's own text, in which the pulled rows stand in the reference's place.
///
/// @param pulls in the order of the text
public record Gathering(List<Pull> pulls) {
  public Gathering {
    pulls = List.copyOf(pulls);
  }

  /// One reference to a table in FROM.
  ///
  /// @param name the tokens of the table's name, which the rows are put in the place of
  /// @param alias the name by which the query knows it
  /// @param named whether the query says this name itself, behind the table's
  /// @param source where its rows are
  /// @param columns those that the query can mean, in the table's order; of a query that means none, none
  /// @param conditions tokens of conditions that speak of its columns only: rows that don't meet them can't matter
  public record Pull(
      QuerySpan name,
      TableName table,
      String alias,
      boolean named,
      Source source,
      List<PulledColumn> columns,
      List<QuerySpan> conditions) {
    public Pull {
      columns = List.copyOf(columns);
      conditions = List.copyOf(conditions);
    }
  }

  /// A column that is pulled.
  ///
  /// @param typeOid its type, as the home shard calls it
  public record PulledColumn(String name, int typeOid, CarriedType carried) {}

  /// Where the rows of one reference are.
  public sealed interface Source {
    /// On the home shard: a table of its own, or one that every shard has alike.
    record Home() implements Source {}

    /// On the shards that own the keys.
    record Sharded(Target.ByKey keys, String keyColumn) implements Source {}
  }
}
