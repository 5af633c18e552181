package io.shardgate.router.plan;

import io.shardgate.directory.TableName;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan.QuerySpan;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a query that needs rows of several shards is answered: each reference to a table is pulled from where its rows are, and the home shard runs the
/// user's own text, in which the pulled rows stand in the reference's place.
///
/// @param pulls in the order of the text
/// @param additions to the query's own text
/// @param views how its text comes about, where views are expanded in it: pulls, additions and reductions are of that text; null: it is the user's
/// @param viewVersions the views that it reads through, by the home shard's numbers, each with the version that the plan is of
/// @param reduced the same with less to be sent, for executions in which shards can tell which rows are the query's; null where there is no such way
/// @param scattering how shards answer it each for itself, for executions that allow it; null where there is no such way
public record Gathering(
    List<Pull> pulls, List<Addition> additions, @Nullable Expansion views, Map<Integer, String> viewVersions, @Nullable Gathering reduced,
    @Nullable Scattering scattering) {
  public Gathering {
    pulls = List.copyOf(pulls);
    additions = List.copyOf(additions);
    viewVersions = Map.copyOf(viewVersions);
  }

  /// Of a query that reads no view.
  public Gathering(List<Pull> pulls, List<Addition> additions, @Nullable Gathering reduced) {
    this(pulls, additions, null, Map.of(), reduced, null);
  }

  /// The same, in which all rows are sent.
  public Gathering unreduced() {
    return reduced == null ? this : new Gathering(pulls, additions, views, viewVersions, null, null);
  }

  /// The same through these views.
  public Gathering through(Map<Integer, String> versions) {
    return new Gathering(pulls, additions, views, versions, reduced, scattering);
  }

  /// The same, which shards may answer each for itself.
  public Gathering scatteredBy(@Nullable Scattering by) {
    return new Gathering(pulls, additions, views, viewVersions, reduced, by);
  }

  /// The same of a text that came about so.
  public Gathering of(Expansion expansion) {
    return new Gathering(pulls, additions, expansion, viewVersions, reduced == null ? null : reduced.of(expansion), null);
  }

  /// The text that tokens are counted in.
  public Lexed text(Lexed users) {
    return views == null ? users : views.of(users);
  }

  /// Whether rows are locked.
  public boolean locks() {
    return pulls.stream().anyMatch(pull -> pull.reduction() instanceof Reduction.Locked);
  }

  /// Whether something in it is read with the rights of another role than the one that asks.
  public boolean borrowsRights() {
    return views != null && views.borrowsRights();
  }

  /// Words behind a token: columns that GROUP BY leaves to the primary key, which gathered rows have not.
  ///
  /// @param end the token that they stand before
  public record Addition(int end, String words) {}

  /// One reference to a table in FROM, or to a view that is asked for its rows like one.
  ///
  /// @param name the tokens of the table's name, which the rows are put in the place of; ONLY is one of them
  /// @param only whether rows of its descendants are left out
  /// @param alias the name by which the query knows it
  /// @param named whether the query says this name itself, behind the table's
  /// @param source where its rows are
  /// @param columns those that the query can mean, in the table's order; of a query that means none, none
  /// @param conditions tokens of conditions that speak of its columns only: rows that don't meet them can't matter
  /// @param reduction what the shards make of the rows first; null: they send them as they are
  public record Pull(
      QuerySpan name,
      boolean only,
      TableName table,
      String alias,
      boolean named,
      Source source,
      List<PulledColumn> columns,
      List<QuerySpan> conditions,
      @Nullable Reduction reduction) {
    public Pull {
      columns = List.copyOf(columns);
      conditions = List.copyOf(conditions);
    }

    /// The same rows, reduced.
    public Pull reducedBy(Reduction by) {
      return new Pull(name, only, table, alias, named, source, columns, conditions, by);
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
    ///
    /// @param keyColumn the shard key's name; null where a view does not show it, which is no way while there are foreign rows
    record Sharded(Target.ByKey keys, @Nullable String keyColumn) implements Source {}
  }
}
