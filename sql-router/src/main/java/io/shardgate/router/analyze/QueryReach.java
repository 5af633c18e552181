package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.lex.Lexed;
import java.util.Set;
import java.util.TreeSet;

/// The tables that a query inside another statement reads.
///
/// @param sharded sharded ones, also through views
/// @param home those of the home shard only, PostgreSQL's own among them
/// @param read whether the query could be read; else the other two are empty
/// @param reaching whether a name in it could mean, or lead to, something sharded
public record QueryReach(
    Set<TableName> sharded, Set<TableName> reference, Set<TableName> home, boolean read, boolean reaching) {
  /// @throws RefusedException where it calls what can't be told
  public static QueryReach of(Lexed query, RoutingView view, Reach reach) {
    reach.hiddenCode(query).ifPresent(code -> {
      throw new RefusedException(Refusal.HIDDEN_CODE, code);
    });
    boolean reaching = !StatementEffects.of(query, reach, view).reaching().isEmpty();
    if (!reaching) {
      return new QueryReach(Set.of(), Set.of(), Set.of(), true, false);
    }
    if (QueryPlanner.isTooDeep(query)) {
      return new QueryReach(Set.of(), Set.of(), Set.of(), false, true);
    }
    try {
      Reached reached = new QueryPlanner(query, view, reach).reachedBy(PostgresParser.parse(query.toString(), query.rules().standardConformingStrings()));
      Set<TableName> sharded = new TreeSet<>();
      reached.sharded().forEach(use -> sharded.add(use.standing().table()));
      return new QueryReach(sharded, reached.reference(), reached.home(), true, true);
    } catch (GrammarException | StackOverflowError e) {
      return new QueryReach(Set.of(), Set.of(), Set.of(), false, true);
    }
  }
}
