package io.shardgate.router.analyze;

import io.shardgate.directory.KeyText;
import io.shardgate.directory.KeyType;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.SourceSpan;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.LiteralKind;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan.QuerySpan;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// Where the nodes of a tree stand among the tokens of the text that was parsed.
/// Immutable.
final class Places {
  private final @Nullable Lexed lexed;
  private final String text;
  private final boolean oneByteEach;

  /// @param lexed the statement; null for a view's definition, whose literals are constants of the plan
  Places(@Nullable Lexed lexed, String text) {
    this.lexed = lexed;
    this.text = text;
    this.oneByteEach = lexed == null || lexed.length() == text.length();
  }

  /// Where a literal's value is to be found, when it can be a key of that type.
  Optional<KeySource> source(SqlLiteral literal, KeyType family, boolean negative) {
    if (!fits(literal, family)) {
      return Optional.empty();
    }
    int slot = slot(literal);
    if (lexed != null && slot >= 0) {
      boolean string = lexed.literalKind(slot) == LiteralKind.STRING;
      return string == literal instanceof SqlCharStringLiteral ? Optional.of(new KeySource.Literal(slot, negative)) : Optional.empty();
    }
    if (negative && literal instanceof SqlCharStringLiteral) {
      return Optional.empty(); // `- bigint '5'`: an operator, not a sign
    }
    return constant(literal, family, negative).or(() -> spelled(literal));
  }

  /// A view's literals are printed under the settings of whoever asked for its definition: only the user's own are to be asked for.
  private Optional<KeySource> spelled(SqlLiteral literal) {
    return lexed != null && literal instanceof SqlCharStringLiteral ? Optional.of(new KeySource.Spelled(string(literal))) : Optional.empty();
  }

  private static boolean fits(SqlLiteral literal, KeyType family) {
    boolean string = literal instanceof SqlCharStringLiteral;
    boolean number = literal instanceof SqlNumericLiteral;
    return string || (number && (family == KeyType.BIGINT || family == KeyType.NUMERIC));
  }

  private static Optional<KeySource> constant(SqlLiteral literal, KeyType family, boolean negative) {
    KeyText.Reading reading =
        literal instanceof SqlNumericLiteral number
            ? number(family, (negative ? "-" : "") + number.toValue())
            : KeyText.read(family, string(literal).getBytes(StandardCharsets.UTF_8));
    return reading instanceof KeyText.Reading.Key(var value) ? Optional.of(new KeySource.Constant(value)) : Optional.empty();
  }

  private static KeyText.Reading number(KeyType family, String text) {
    return family == KeyType.NUMERIC ? KeyText.numeric(text) : KeyText.number(text);
  }

  private static String string(SqlLiteral literal) {
    String value = literal.getValueAs(String.class);
    return value == null ? "" : value;
  }

  /// The slot of an array literal (`'{1,2}'`), when the text is the user's.
  Optional<KeySource> arraySource(SqlLiteral literal) {
    int slot = literal instanceof SqlCharStringLiteral ? slot(literal) : -1;
    return slot >= 0 ? Optional.of(new KeySource.LiteralArray(slot)) : Optional.empty();
  }

  /// The statement's own literal that it is; −1 where it is none: in a view's definition, in the shape of the statement, or written by nobody.
  private int slot(SqlLiteral literal) {
    return lexed == null || !isWritten(literal) ? -1 : lexed.literalOf(firstToken(literal));
  }

  /// Whether a node stands in the text: the 1 of FETCH FIRST ROW ONLY does not.
  static boolean isWritten(SqlNode node) {
    return !node.getParserPosition().equals(SqlParserPos.ZERO);
  }

  /// Whether a literal is part of the statement's shape: no other value shares its plan.
  boolean isShape(SqlLiteral literal) {
    return slot(literal) < 0;
  }

  /// Whether a number is one that PostgreSQL reads as a decimal.
  boolean isDecimal(SqlNumericLiteral literal) {
    int slot = slot(literal);
    if (slot >= 0 && lexed != null) {
      return lexed.literalKind(slot) == LiteralKind.NUMERIC;
    }
    return !literal.isInteger() || !(KeyText.read(KeyType.BIGINT, String.valueOf(literal.toValue()).getBytes(StandardCharsets.UTF_8)) instanceof KeyText.Reading.Key);
  }

  /// Whether a parameter stands in more than one place.
  boolean isRepeated(int parameter) {
    int places = 0;
    for (int token = 0; lexed != null && token < lexed.size(); token++) {
      places += lexed.is(token, TokenKind.PARAMETER) && lexed.parameterNumber(token) == parameter ? 1 : 0;
    }
    return places > 1;
  }

  /// Whether the text is the user's own, so that parameters mean his.
  boolean isUsers() {
    return lexed != null;
  }

  /// The token that a node begins with, which has to stand in the text.
  int firstToken(SqlNode node) {
    return tokens().tokenAt(bytes(SourceSpan.of(node).start()));
  }

  /// One past the token that a node ends with.
  int endToken(SqlNode node) {
    return tokens().tokenAt(bytes(SourceSpan.of(node).end()));
  }

  /// The tokens of a relation in FROM up to its name, ONLY with them; empty where it is written in a way in which another text can't take its place.
  Optional<QuerySpan> tokens(PgTableRef table) {
    Optional<QuerySpan> name = nameTokens(table.name());
    if (name.isEmpty() || !table.only()) {
      return name;
    }
    int first = name.get().first();
    int last = name.get().last();
    if (tokens().is(first - 1, "only")) {
      return Optional.of(new QuerySpan(first - 1, last));
    }
    boolean enclosed = first > 1 && tokens().is(first - 2, "only") && tokens().is(first - 1, TokenKind.OPEN) && tokens().is(last, TokenKind.CLOSE);
    return enclosed ? Optional.of(new QuerySpan(first - 2, last + 1)) : Optional.empty();
  }

  /// The tokens of a relation's name in FROM; empty where it is written in a way in which another text can't take its place.
  Optional<QuerySpan> nameTokens(SqlIdentifier name) {
    Lexed text = tokens();
    List<String> parts = name.names;
    int first = firstToken(name);
    int end = first + 2 * parts.size() - 1;
    if (first < 0 || end > text.size() || text.isOperator(end, "*")) {
      return Optional.empty();
    }
    for (int i = 0; i < parts.size(); i++) {
      boolean joined = i == 0 || text.is(first + 2 * i - 1, TokenKind.DOT);
      if (!joined || !text.kind(first + 2 * i).isName() || !text.identifier(first + 2 * i).equals(parts.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(new QuerySpan(first, end));
  }

  /// The statement.
  Lexed tokens() {
    if (lexed == null) {
      throw new IllegalStateException("tokens: of a view's definition (expected: of a statement)");
    }
    return lexed;
  }

  private int bytes(int chars) {
    return oneByteEach ? chars : text.substring(0, chars).getBytes(tokens().encoding()).length;
  }
}
