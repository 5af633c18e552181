package io.shardgate.router.analyze;

import io.shardgate.router.RoutingView;
import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.SqlParameter;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Reduction;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// Finds what shards can do with the rows of a query of one table: send the first ones only ([Reduction.First]), or what their groups come to
/// ([Reduction.Aggregates], by [GroupReducer]).
/// Not thread-safe; owned by the planning of one statement.
final class Reducer {
  private final Planning planning;
  private final SpelledOut texts;

  Reducer(Lexed lexed, RoutingView view, Reach reach) {
    Places places = new Places(lexed, lexed.toString());
    this.planning = new Planning(view, reach, places, new Reached());
    this.texts = new SpelledOut(lexed, places);
  }

  /// The pull with its reduction, if there is one.
  Pull reduced(SqlNode statement, Pull pull) {
    PgOrderBy ordered = statement instanceof PgOrderBy query ? query : null;
    SqlNode query = ordered == null ? statement : ordered.query;
    boolean renamed = query instanceof PgSelect one && one.getFrom() instanceof PgTableRef table && table.columnAliases() != null;
    if (renamed || !(query instanceof PgSelect select) || select.into() != null || (ordered != null && !ordered.locks().isEmpty())) {
      return pull;
    }
    BlockBuilder blocks = new BlockBuilder(planning);
    FromBuilder.Built from = new FromBuilder(blocks, new Scope(null)).build(select.getFrom(), List.of());
    if (!(from.node() instanceof FromNode.Leaf(Source source, Block inner)) || (inner != null && !isPulled(select.getFrom(), pull))) {
      return pull;
    }
    Scope scope = from.scope(new Scope(null));
    OwnConditions own = new OwnConditions(planning, scope, from.node().certain());
    if (own.count(select.getWhere()) != pull.conditions().size()) {
      return pull; // the shard can't tell which rows are the query's
    }
    boolean plain = select.distinctOn() == null && (select.getWindowList() == null || select.getWindowList().isEmpty());
    boolean grouped = (select.getGroup() != null && !select.getGroup().isEmpty()) || select.getHaving() != null;
    Expressions expressions = new Expressions(blocks, scope);
    boolean calls = expressions.hasCall(select.getSelectList()) || (ordered != null && expressions.hasCall(ordered.orderList));
    if (!plain) {
      return pull;
    }
    if (grouped || calls) {
      return new GroupReducer(planning, scope, source, own, texts).reduced(select, ordered, pull);
    }
    return ordered == null || select.isDistinct() || ordered.fetch == null || ordered.withTies()
        ? pull
        : first(select, ordered, own, source).map(pull::reducedBy).orElse(pull);
  }

  /// Whether it is the view that is pulled.
  private boolean isPulled(@Nullable SqlNode from, Pull pull) {
    return from instanceof PgTableRef table && planning.places().tokens(table).filter(pull.name()::equals).isPresent();
  }

  private Optional<Reduction> first(PgSelect select, PgOrderBy query, OwnConditions own, Source source) {
    List<Reduction.Order> order = new ArrayList<>();
    for (SqlNode item : query.orderList) {
      boolean descending = false;
      Boolean nullsFirst = null;
      SqlNode expression = item;
      while (expression.getKind() == SqlKind.DESCENDING || expression.getKind() == SqlKind.NULLS_FIRST || expression.getKind() == SqlKind.NULLS_LAST) {
        descending |= expression.getKind() == SqlKind.DESCENDING;
        nullsFirst = expression.getKind() == SqlKind.DESCENDING ? nullsFirst : Boolean.valueOf(expression.getKind() == SqlKind.NULLS_FIRST);
        expression = ((SqlCall) expression).operand(0);
      }
      SqlNode meant = meant(expression, select.getSelectList());
      Optional<QuerySpan> span = meant != null && own.speaksOf(source, meant) ? texts.span(meant) : Optional.empty();
      if (span.isEmpty()) {
        return Optional.empty();
      }
      order.add(new Reduction.Order(span.get(), descending, nullsFirst));
    }
    Optional<QuerySpan> fetch = value(query.fetch);
    Optional<QuerySpan> offset = query.offset == null ? Optional.empty() : value(query.offset);
    boolean counted = query.fetch != null && Places.isWritten(query.fetch);
    return (counted && fetch.isEmpty()) || (query.offset != null && offset.isEmpty())
        ? Optional.empty()
        : Optional.of(new Reduction.First(order, fetch.orElse(null), offset.orElse(null)));
  }

  /// What an item of ORDER BY stands for: a number and a name mean a column of the result first. Null where that can't be told.
  static @Nullable SqlNode meant(SqlNode item, SqlNodeList results) {
    if (item instanceof SqlLiteral literal) {
      int place = literal.getValue() instanceof BigDecimal number && number.scale() <= 0 ? number.intValue() : 0;
      boolean star = results.stream().anyMatch(Reducer::isStar);
      return star || place < 1 || place > results.size() ? null : unnamed(results.get(place - 1));
    }
    if (item instanceof SqlIdentifier name && name.names.size() == 1) {
      for (SqlNode result : results) {
        Optional<String> called = ResultNames.of(result);
        if (called.isEmpty()) {
          return null;
        }
        if (called.get().equals(name.getSimple())) {
          return unnamed(result);
        }
      }
    }
    return item;
  }

  static SqlNode unnamed(SqlNode result) {
    return result.getKind() == SqlKind.AS ? ((SqlCall) result).operand(0) : result;
  }

  private static boolean isStar(SqlNode result) {
    return result instanceof SqlIdentifier name && name.isStar();
  }

  /// A value that is the same on every shard.
  private Optional<QuerySpan> value(@Nullable SqlNode node) {
    SqlNode bare = node instanceof PgCast cast ? cast.operand() : node;
    return node != null && (bare instanceof SqlLiteral || bare instanceof SqlParameter) ? texts.span(node) : Optional.empty();
  }
}
