package io.shardgate.router.analyze;

import io.shardgate.router.RoutingView;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Reduction;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// FOR UPDATE, FOR SHARE and their kin over several shards: each shard locks the rows that it sends. That is right where these are just the rows that one
/// server would lock: of one table, whose WHERE the shards understand wholly, and nothing is cut off behind it.
final class LockedRows {
  private LockedRows() {}

  /// The tokens of such a query's locking clause; empty where it has none, or the query is another.
  static Optional<QuerySpan> clause(Lexed lexed, @Nullable SqlNode statement) {
    boolean plain =
        statement instanceof PgOrderBy query && query.locks().size() == 1 && query.fetch == null && query.offset == null
            && query.query instanceof PgSelect select && select.into() == null && select.getFrom() instanceof PgTableRef;
    int depth = 0;
    for (int token = 0; plain && token < lexed.size(); token++) {
      depth += lexed.is(token, TokenKind.OPEN) ? 1 : lexed.is(token, TokenKind.CLOSE) ? -1 : 0;
      if (depth == 0 && lexed.is(token, "for")) {
        return Optional.of(new QuerySpan(token, lexed.size()));
      }
    }
    return Optional.empty();
  }

  /// The plan by which rows are locked; empty where other rows might be.
  static Optional<Gathering> locked(Gathering plain, SqlNode statement, QuerySpan clause, Lexed lexed, RoutingView view, Reach reach) {
    Pull pull = plain.pulls().getFirst();
    boolean one = plain.pulls().size() == 1 && plain.additions().isEmpty() && pull.source() instanceof Gathering.Source.Sharded(var keys, var _) && keys.table().equals(pull.table());
    if (!one || !(statement instanceof PgOrderBy query) || !(query.query instanceof PgSelect select)) {
      return Optional.empty();
    }
    Planning planning = new Planning(view, reach, new Places(lexed, lexed.toString()), new Reached());
    FromBuilder.Built from = new FromBuilder(new BlockBuilder(planning), new Scope(null)).build(select.getFrom(), List.of());
    OwnConditions own = new OwnConditions(planning, from.scope(new Scope(null)), from.node().certain());
    return own.count(select.getWhere()) == pull.conditions().size()
        ? Optional.of(new Gathering(List.of(pull.reducedBy(new Reduction.Locked(clause))), List.of(), null))
        : Optional.empty();
  }
}
