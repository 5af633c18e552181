package io.shardgate.router.grammar;

import org.jspecify.annotations.Nullable;

/// Cuts a statement's text into tokens by PostgreSQL's lexical rules (its `scan.l`), with backslashes in plain strings taken
/// literally (`standard_conforming_strings = on`) unless told otherwise. Everything is on line 1, so that a column is an offset.
/// Not thread-safe; owned by one parser.
final class PostgresLexer implements TokenManager, GeneratedParserConstants {
  /// PostgreSQL's NAMEDATALEN without the final zero.
  private static final int MAX_NAME_BYTES = 63;
  private static final String OPERATOR_CHARS = "~!@#^&|`?+-*/%<>=";

  private final String sql;
  private final boolean plainBackslashes;
  private int at;
  private int endOfPrevious;

  PostgresLexer(String sql, boolean plainBackslashes) {
    this.sql = sql;
    this.plainBackslashes = plainBackslashes;
  }

  @Override
  public Token getNextToken() {
    skipBlanks();
    int start = at;
    if (at >= sql.length()) {
      return token(EOF, "", start);
    }
    char c = sql.charAt(at);
    Token special = prefixed(c);
    if (special != null) {
      return special;
    }
    if (isNameStart(c)) {
      return word();
    }
    if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
      return number();
    }
    return switch (c) {
      case '\'' -> string(start, quoted(at, !plainBackslashes));
      case '"' -> identifier(start, quotedIdentifier());
      case '$' -> dollar();
      default -> symbol();
    };
  }

  private Token token(int kind, String value, int start) {
    LexedToken token = new LexedToken(kind, sql.substring(start, at), value, start, at, endOfPrevious);
    endOfPrevious = at;
    return token;
  }

  private char peek(int ahead) {
    int i = at + ahead;
    return i < sql.length() ? sql.charAt(i) : 0;
  }

  private void skipBlanks() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (isBlank(c)) {
        at++;
      } else if (c == '-' && peek(1) == '-') {
        skipLine();
      } else if (c == '/' && peek(1) == '*') {
        skipComment();
      } else {
        return;
      }
    }
  }

  private void skipLine() {
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at++;
    }
  }

  /// Comments nest.
  private void skipComment() {
    int start = at;
    int depth = 0;
    do {
      if (at >= sql.length()) {
        throw new LexicalException("unterminated /* comment", start);
      } else if (sql.charAt(at) == '/' && peek(1) == '*') {
        depth++;
        at += 2;
      } else if (sql.charAt(at) == '*' && peek(1) == '/') {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0);
  }

  /// A string or identifier with a letter before its quote: `E'…'`, `B'…'`, `X'…'`, `U&'…'`, `U&"…"`; and `N'…'`,
  /// which is the type NCHAR before a string.
  private @Nullable Token prefixed(char c) {
    int start = at;
    char next = peek(1);
    switch (c) {
      case 'e', 'E' -> {
        if (next == '\'') {
          at++;
          return string(start, quoted(start, true));
        }
      }
      case 'n', 'N' -> {
        if (next == '\'') {
          at++;
          return token(NCHAR, "nchar", start);
        }
      }
      case 'b', 'B', 'x', 'X' -> {
        if (next == '\'') {
          at++;
          return token(BINARY_STRING_LITERAL, quoted(start, false), start);
        }
      }
      case 'u', 'U' -> {
        if (next == '&' && peek(2) == '\'') {
          at += 2;
          String raw = quoted(start, false);
          return string(start, unicode(raw, start));
        } else if (next == '&' && peek(2) == '"') {
          at += 2;
          String raw = quotedIdentifier();
          return identifier(start, unicode(raw, start));
        }
      }
      default -> { }
    }
    return null;
  }

  private Token string(int start, String value) {
    return token(QUOTED_STRING, value, start);
  }

  private Token identifier(int start, String value) {
    return token(IDENTIFIER, truncate(value), start);
  }

  /// Names are cut to what PostgreSQL keeps of them, at a character of UTF-8.
  private static String truncate(String name) {
    if (name.length() * 3 <= MAX_NAME_BYTES) {
      return name;
    }
    int bytes = 0;
    int i = 0;
    while (i < name.length()) {
      int codePoint = name.codePointAt(i);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > MAX_NAME_BYTES) {
        return name.substring(0, i);
      }
      i += Character.charCount(codePoint);
    }
    return name;
  }

  /// Reads from a quote to its end, and on where the next line continues the string.
  private String quoted(int start, boolean escapes) {
    StringBuilder value = new StringBuilder();
    do {
      at++;
      readQuoted(start, escapes, value);
    } while (continues());
    return value.toString();
  }

  private void readQuoted(int start, boolean escapes, StringBuilder value) {
    while (true) {
      if (at >= sql.length()) {
        throw new LexicalException("unterminated quoted string", start);
      }
      char c = sql.charAt(at++);
      if (c == '\'') {
        if (peek(0) != '\'') {
          return;
        }
        at++;
        value.append('\'');
      } else if (c == '\\' && escapes) {
        at = Escapes.readBackslash(sql, at, value);
      } else {
        value.append(c);
      }
    }
  }

  /// Whether only blanks with a line end, and comments to the end of a line, lie before another quote; moves to it.
  private boolean continues() {
    int i = at;
    boolean newline = false;
    while (i < sql.length()) {
      char c = sql.charAt(i);
      if (isBlank(c)) {
        newline |= c == '\n' || c == '\r';
        i++;
      } else if (c == '-' && i + 1 < sql.length() && sql.charAt(i + 1) == '-') {
        while (i < sql.length() && sql.charAt(i) != '\n' && sql.charAt(i) != '\r') {
          i++;
        }
      } else {
        break;
      }
    }
    if (newline && i < sql.length() && sql.charAt(i) == '\'') {
      at = i;
      return true;
    }
    return false;
  }

  private String quotedIdentifier() {
    int start = at;
    StringBuilder value = new StringBuilder();
    at++;
    while (true) {
      int quote = sql.indexOf('"', at);
      if (quote < 0) {
        throw new LexicalException("unterminated quoted identifier", start);
      }
      value.append(sql, at, quote);
      at = quote + 1;
      if (peek(0) != '"') {
        break;
      }
      value.append('"');
      at++;
    }
    if (value.isEmpty()) {
      throw new LexicalException("zero-length delimited identifier", start);
    }
    return value.toString();
  }

  /// Decodes `U&` escapes, with the escape character of a UESCAPE that follows.
  private String unicode(String raw, int start) {
    int end = at;
    char escape = '\\';
    skipBlanks();
    if (sql.regionMatches(true, at, "uescape", 0, 7) && !isNamePart(peek(7))) {
      at += 7;
      skipBlanks();
      if (peek(0) != '\'' || peek(2) != '\'') {
        throw new LexicalException("invalid Unicode escape character", at);
      }
      escape = peek(1);
      at += 3;
    } else {
      at = end;
    }
    return Escapes.decodeUnicode(raw, escape, start);
  }

  /// A parameter `$1`, or a string `$tag$…$tag$`.
  private Token dollar() {
    int start = at;
    if (isDigit(peek(1))) {
      at++;
      while (isDigit(peek(0))) {
        at++;
      }
      if (isNamePart(peek(0))) {
        throw new LexicalException("trailing junk after parameter", start);
      }
      return token(DOLLAR_NUMBER, "", start);
    }
    int i = at + 1;
    if (i < sql.length() && isNameStart(sql.charAt(i))) {
      while (i < sql.length() && isNamePart(sql.charAt(i)) && sql.charAt(i) != '$') {
        i++;
      }
    }
    if (i >= sql.length() || sql.charAt(i) != '$') {
      throw new LexicalException("syntax error at or near \"$\"", start);
    }
    String tag = sql.substring(at, i + 1);
    int close = sql.indexOf(tag, i + 1);
    if (close < 0) {
      throw new LexicalException("unterminated dollar-quoted string", start);
    }
    at = close + tag.length();
    return string(start, sql.substring(i + 1, close));
  }

  private Token word() {
    int start = at;
    while (at < sql.length() && isNamePart(sql.charAt(at))) {
      at++;
    }
    String folded = fold(sql.substring(start, at));
    int kind = Keywords.kind(folded);
    return kind == IDENTIFIER ? identifier(start, folded) : token(kind, folded, start);
  }

  /// Only ASCII letters are folded: what PostgreSQL does in every multibyte encoding.
  private static String fold(String word) {
    StringBuilder folded = new StringBuilder(word);
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        folded.setCharAt(i, (char) (c + 32));
      }
    }
    return folded.toString();
  }

  private Token number() {
    int start = at;
    int kind = UNSIGNED_INTEGER_LITERAL;
    if (peek(0) == '0' && "xXoObB".indexOf(peek(1)) >= 0 && peek(1) != 0) {
      at += 2;
      readDigits(true);
    } else {
      readDigits(false);
      if (peek(0) == '.' && peek(1) != '.') {
        kind = DECIMAL_NUMERIC_LITERAL;
        at++;
        readDigits(false);
      }
      char sign = peek(1);
      if ((peek(0) == 'e' || peek(0) == 'E') && (isDigit(sign) || ((sign == '+' || sign == '-') && isDigit(peek(2))))) {
        kind = APPROX_NUMERIC_LITERAL;
        at += 2;
        readDigits(false);
      }
    }
    if (isNameStart(peek(0))) {
      throw new LexicalException("trailing junk after numeric literal", start);
    }
    return token(kind, "", start);
  }

  private void readDigits(boolean hex) {
    while (isDigit(peek(0)) || (hex && Character.digit(peek(0), 16) >= 0) || peek(0) == '_') {
      at++;
    }
  }

  /// An operator of one or more characters, or a separator.
  private Token symbol() {
    int start = at;
    int length = operatorLength();
    if (length == 0) {
      return separator(start);
    }
    at += length;
    String image = sql.substring(start, at);
    return token(operatorKind(image), "", start);
  }

  /// The longest run of operator characters, cut before a comment; one of several that ends in + or - must hold
  /// a character that standard SQL's operators lack.
  private int operatorLength() {
    int end = at;
    boolean unusual = false;
    while (end < sql.length() && OPERATOR_CHARS.indexOf(sql.charAt(end)) >= 0) {
      char c = sql.charAt(end);
      char next = end + 1 < sql.length() ? sql.charAt(end + 1) : 0;
      if ((c == '-' && next == '-') || (c == '/' && next == '*')) {
        break;
      }
      end++;
    }
    for (int i = at; i < end; i++) {
      unusual |= "~!@#^&|`?%".indexOf(sql.charAt(i)) >= 0;
    }
    while (!unusual && end - at > 1 && "+-".indexOf(sql.charAt(end - 1)) >= 0) {
      end--;
    }
    return end - at;
  }

  private static int operatorKind(String image) {
    return switch (image) {
      case "+" -> PLUS;
      case "-" -> MINUS;
      case "*" -> STAR;
      case "/" -> SLASH;
      case "%" -> PERCENT_REMAINDER;
      case "^" -> CARET;
      case "<" -> LT;
      case ">" -> GT;
      case "=" -> EQ;
      case "<=" -> LE;
      case ">=" -> GE;
      case "<>", "!=" -> NE;
      case "=>" -> NAMED_ARGUMENT_ASSIGNMENT;
      default -> OPERATOR_SYMBOL;
    };
  }

  private Token separator(int start) {
    char c = sql.charAt(at++);
    int kind = switch (c) {
      case '(' -> LPAREN;
      case ')' -> RPAREN;
      case '[' -> LBRACKET;
      case ']' -> RBRACKET;
      case ',' -> COMMA;
      case ';' -> SEMICOLON;
      case '.' -> {
        if (peek(0) == '.') {
          throw new LexicalException("syntax error at or near \"..\"", start);
        }
        yield DOT;
      }
      case ':' -> colon();
      default -> throw new LexicalException("syntax error at or near \"" + c + "\"", start);
    };
    return token(kind, "", start);
  }

  private int colon() {
    if (peek(0) == ':') {
      at++;
      return DOUBLE_COLON;
    } else if (peek(0) == '=') {
      at++;
      return COLON_EQUALS;
    }
    return COLON;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\u000b';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c) || isDigit(c) || c == '$';
  }
}
