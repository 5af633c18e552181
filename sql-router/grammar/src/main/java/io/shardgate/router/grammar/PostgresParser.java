package io.shardgate.router.grammar;

import org.apache.calcite.sql.SqlNode;

/// Reads one query or data change of PostgreSQL.
public final class PostgresParser {
  /// Greatest depth. An expression in parentheses counts 2, a subquery 3: 200 of the one or 133 of the other may nest. A level
  /// takes up to 1.2 kB of stack, so that half of a usual thread's is enough.
  public static final int MAX_DEPTH = 400;

  /// Greatest number of operations in a row, such as `a || b || …` or a FROM list: each makes the tree one level deeper.
  /// AND and OR have no such limit, because their trees are balanced.
  public static final int MAX_CHAIN = 500;

  private PostgresParser() {}

  /// Parses the text of one statement, with or without a final semicolon; backslashes in plain strings are plain.
  ///
  /// @throws GrammarException where the text is not read to its end
  public static SqlNode parse(String sql) throws GrammarException {
    return parse(sql, true);
  }

  /// Parses the text of one statement, with or without a final semicolon.
  ///
  /// @param standardConformingStrings the client's setting of that name: whether backslashes in plain strings are plain
  /// @throws GrammarException where the text is not read to its end
  public static SqlNode parse(String sql, boolean standardConformingStrings) throws GrammarException {
    GeneratedParser parser = new GeneratedParser(new PostgresLexer(sql, standardConformingStrings));
    try {
      return parser.StatementEof();
    } catch (ParseException e) {
      throw explained(e, sql);
    } catch (LexicalException e) {
      throw new GrammarException(String.valueOf(e.getMessage()), e.position());
    } catch (StackOverflowError e) {
      throw new GrammarException("nested too deep", 0);
    }
  }

  private static GrammarException explained(ParseException e, String sql) {
    Token before = e.currentToken;
    Token at = before == null ? null : before.next;
    if (at == null) {
      return new GrammarException("statement not read", 0);
    }
    int position = Math.min(at.beginColumn - 1, sql.length());
    if (e.expectedTokenSequences == null) {
      return new GrammarException(String.valueOf(e.getMessage()), position);
    }
    return new GrammarException(at.image.isEmpty() ? "statement ends too early" : "not read from \"" + at.image + "\" on", position);
  }
}
