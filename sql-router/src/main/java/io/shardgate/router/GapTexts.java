package io.shardgate.router;

import io.shardgate.directory.ShardId;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Gap;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.rewrite.SplicedText;
import java.util.List;

/// Puts the proxy's answers into the gaps of a query.
/// Not thread-safe; owned by one execution.
///
/// Each becomes `(SELECT answer AS function)`: an expression, wherever it stands, that gives its column the name that the call gives it.
final class GapTexts {
  private final Lexed lexed;
  private final ShardId home;
  private final SplicedText text;

  GapTexts(Lexed lexed, ShardId home) {
    this.lexed = lexed;
    this.home = home;
    this.text = new SplicedText(lexed);
  }

  Split.Piece fill(List<Gap> gaps, List<GapAnswer> answers) {
    int token = 0;
    for (int i = 0; i < gaps.size(); i++) {
      Gap gap = gaps.get(i);
      between(token, gap.call().first());
      switch (answers.get(i)) {
        case GapAnswer.Value(String sql) -> text.add("(SELECT " + sql + " AS " + gap.function() + ")");
        case GapAnswer.Addition(String sql) -> added(gap, sql);
        case GapAnswer.Asked() -> text.tokens(gap.call().first(), gap.call().last());
      }
      token = gap.call().last();
    }
    between(token, lexed.size());
    return new Split.Piece(home, text.bytes(), new int[0], text.parameters(), text.origins());
  }

  /// The user's tokens between two gaps, with a blank where one of his may have been.
  private void between(int from, int to) {
    text.add(" ").tokens(from, to).add(" ");
  }

  private void added(Gap gap, String sql) {
    QuerySpan argument =
        switch (gap) {
          case Gap.RelationSize size -> size.argument();
          case Gap.DatabaseSize size -> size.argument();
          case Gap.ProcessId _, Gap.Signal _ -> throw new IllegalArgumentException("gap: " + gap.function() + " (expected: one with an argument)");
        };
    text.add("(SELECT ").tokens(gap.call().first(), gap.call().last()).add(" + ");
    int from = 0;
    for (int at = sql.indexOf(GapAnswer.ARGUMENT); at >= 0; at = sql.indexOf(GapAnswer.ARGUMENT, from)) {
      text.add(sql.substring(from, at)).add("(").tokens(argument.first(), argument.last()).add(")");
      from = at + 1;
    }
    text.add(sql.substring(from)).add(" AS " + gap.function() + ")");
  }
}
