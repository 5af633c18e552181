package io.shardgate.router.analyze;

import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan.QuerySpan;
import java.util.Optional;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.util.Litmus;

/// The tokens of an expression, where these say by themselves what the expression says in its statement.
/// Immutable.
final class SpelledOut {
  private final Lexed lexed;
  private final Places places;

  SpelledOut(Lexed lexed, Places places) {
    this.lexed = lexed;
    this.places = places;
  }

  Lexed lexed() {
    return lexed;
  }

  /// Empty where another text would be taken out than was meant.
  Optional<QuerySpan> span(SqlNode expression) {
    if (!Places.isWritten(expression)) {
      return Optional.empty();
    }
    QuerySpan span = new QuerySpan(places.firstToken(expression), places.endToken(expression));
    return span.first() < span.last() && saysTheSame(expression, span) ? Optional.of(span) : Optional.empty();
  }

  private boolean saysTheSame(SqlNode expression, QuerySpan span) {
    String text = lexed.string(lexed.tokenStart(span.first()), lexed.tokenEnd(span.last() - 1));
    try {
      SqlNode read = PostgresParser.parse("SELECT WHERE (" + text + ")", lexed.rules().standardConformingStrings());
      return read instanceof PgSelect select && select.getWhere() != null && expression.equalsDeep(select.getWhere(), Litmus.IGNORE);
    } catch (GrammarException _) {
      return false;
    }
  }
}
