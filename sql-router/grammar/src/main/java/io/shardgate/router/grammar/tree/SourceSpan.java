package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;

/// Where a node stands in the parsed text: from `start` to `end` (exclusive), in `char`s of the string from 0.
///
/// The parser gives each position as line 1, columns from 1, whatever line ends the text has; this is the only place that
/// needs to know.
/// Immutable.
public record SourceSpan(int start, int end) {
  public SourceSpan {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span: " + start + ".." + end + " (expected: 0 <= start <= end)");
    }
  }

  public static SourceSpan of(SqlNode node) {
    return of(node.getParserPosition());
  }

  public static SourceSpan of(SqlParserPos pos) {
    return new SourceSpan(pos.getColumnNum() - 1, pos.getEndColumnNum());
  }

  /// The position that Calcite's nodes keep for this span.
  public SqlParserPos toPosition() {
    return new SqlParserPos(1, start + 1, 1, end);
  }

  /// The piece of the parsed text.
  public String text(String sql) {
    return sql.substring(start, end);
  }
}
