package io.shardgate.router.grammar;

/// What the parser decides by looking at the next tokens without reading them.
/// Not thread-safe; owned by one parser.
final class Ahead implements GeneratedParserConstants {
  private final GeneratedParser parser;

  Ahead(GeneratedParser parser) {
    this.parser = parser;
  }

  private int kind(int n) {
    return parser.getToken(n).kind;
  }

  /// The token after another, without walking from the first again.
  private Token after(Token token) {
    if (token.next == null) {
      token.next = parser.token_source.getNextToken();
    }
    return token.next;
  }

  private static boolean isColId(int kind) {
    return kind == IDENTIFIER || Keywords.isUnreserved(kind) || Keywords.isColumnName(kind);
  }

  private static boolean isString(int kind) {
    return kind == QUOTED_STRING;
  }

  /// Level of the infix or postfix operator that is next; [Level#NONE] where the expression ends.
  int infixLevel(boolean restricted) {
    return switch (kind(1)) {
      case OR -> restricted ? Level.NONE : Level.OR;
      case AND -> restricted ? Level.NONE : Level.AND;
      case IS -> !restricted || isRestrictedTest() ? Level.IS : Level.NONE;
      case ISNULL, NOTNULL -> restricted ? Level.NONE : Level.IS;
      case EQ, NE, LT, GT, LE, GE -> Level.COMPARISON;
      case SIMILAR -> restricted || kind(2) != TO ? Level.NONE : Level.PATTERN;
      case BETWEEN, IN, LIKE, ILIKE -> restricted ? Level.NONE : Level.PATTERN;
      case NOT -> restricted || !isPattern(kind(2)) ? Level.NONE : Level.PATTERN;
      case OPERATOR_SYMBOL -> Level.SYMBOL;
      case OPERATOR -> kind(2) == LPAREN ? Level.SYMBOL : Level.NONE;
      case PLUS, MINUS -> Level.SUM;
      case STAR, SLASH, PERCENT_REMAINDER -> Level.PRODUCT;
      case CARET -> Level.POWER;
      case AT -> !restricted && (kind(2) == TIME || kind(2) == LOCAL) ? Level.AT : Level.NONE;
      case COLLATE -> restricted ? Level.NONE : Level.COLLATE;
      case DOUBLE_COLON -> Level.CAST;
      default -> Level.NONE;
    };
  }

  private boolean isRestrictedTest() {
    int test = kind(2) == NOT ? kind(3) : kind(2);
    return test == DISTINCT || test == DOCUMENT;
  }

  private static boolean isPattern(int kind) {
    return kind == BETWEEN || kind == IN || kind == LIKE || kind == ILIKE || kind == SIMILAR;
  }

  /// An operator that stands before its operand, or between two.
  boolean symbol() {
    return kind(1) == OPERATOR_SYMBOL || call(OPERATOR);
  }

  /// `word (`.
  boolean call(int word) {
    return kind(1) == word && kind(2) == LPAREN;
  }

  boolean quantifier() {
    return kind(1) == ANY || kind(1) == SOME || kind(1) == ALL;
  }

  /// The first word of a query.
  boolean query() {
    return isQuery(1);
  }

  private boolean isQuery(int n) {
    return switch (kind(n)) {
      case SELECT, WITH, TABLE -> true;
      case VALUES -> kind(n + 1) == LPAREN;
      default -> false;
    };
  }

  /// One or more opening parentheses, then the first word of a query.
  boolean queryInParentheses() {
    int n = 1;
    for (Token token = parser.getToken(1); token.kind == LPAREN && n <= PostgresParser.MAX_DEPTH; token = after(token)) {
      n++;
    }
    return n > 1 && isQuery(n);
  }

  /// What may follow a query in parentheses inside the same query.
  boolean querySuffix() {
    return switch (kind(1)) {
      case UNION, INTERSECT, EXCEPT, ORDER, LIMIT, OFFSET, FETCH, FOR -> true;
      default -> false;
    };
  }

  int setLevel() {
    return switch (kind(1)) {
      case UNION, EXCEPT -> 1;
      case INTERSECT -> 2;
      default -> 0;
    };
  }

  /// Whether a select list begins, which may be empty.
  boolean selectItem() {
    return switch (kind(1)) {
      case FROM, INTO, WHERE, GROUP, HAVING, WINDOW, ON, RETURNING, RPAREN, SEMICOLON, EOF -> false;
      default -> !querySuffix();
    };
  }

  /// AS, or a label without it.
  boolean label() {
    int kind = kind(1);
    return kind == AS || kind == IDENTIFIER || Keywords.isBareLabel(kind);
  }

  /// AS, or an alias without it.
  boolean alias() {
    return kind(1) == AS || isColId(kind(1));
  }

  boolean targetAlias() {
    return alias() && kind(1) != SET;
  }

  boolean join() {
    return switch (kind(1)) {
      case JOIN, INNER, LEFT, RIGHT, FULL, CROSS, NATURAL -> true;
      default -> false;
    };
  }

  /// `f(` in FROM, by any name, or a value function.
  boolean functionTable() {
    if (rowsFrom() || valueFunction()) {
      return true;
    }
    if (call(CAST) || specialCall() || jsonOrXmlCall() || jsonOrXmlTable()) {
      return true;
    }
    if (!isColId(kind(1)) && !Keywords.isTypeOrFunction(kind(1))) {
      return false;
    }
    Token end = after(parser.getToken(1));
    while (end.kind == DOT) {
      end = after(after(end));
    }
    return end.kind == LPAREN;
  }

  boolean rowsFrom() {
    return kind(1) == ROWS && kind(2) == FROM && kind(3) == LPAREN;
  }

  boolean ordinality() {
    return kind(1) == WITH && kind(2) == ORDINALITY;
  }

  /// `AS (`: column definitions without an alias.
  boolean definitionsOnly() {
    return kind(1) == AS && kind(2) == LPAREN;
  }

  /// `(name type`, not `(name,` or `(name)`.
  boolean definitions() {
    return kind(1) == LPAREN && kind(3) != COMMA && kind(3) != RPAREN;
  }

  /// A list of columns in parentheses, not a query.
  boolean columnList() {
    return kind(1) == LPAREN && !queryInParentheses();
  }

  boolean recursive() {
    return kind(1) == RECURSIVE && kind(2) != AS && kind(2) != LPAREN;
  }

  boolean nullsOrder() {
    return kind(1) == NULLS && (kind(2) == FIRST || kind(2) == LAST);
  }

  /// An operator class after an expression of an index.
  boolean operatorClass() {
    return !nullsOrder() && (isColId(kind(1)) || Keywords.isTypeOrFunction(kind(1)));
  }

  boolean currentOf() {
    return kind(2) == CURRENT && kind(3) == OF;
  }

  boolean uniqueKeys() {
    return (kind(1) == WITH || kind(1) == WITHOUT) && kind(2) == UNIQUE;
  }

  /// A modifier of SELECT INTO's table, not the table's name.
  boolean intoModifier() {
    return switch (kind(1)) {
      case TEMPORARY, TEMP, UNLOGGED, LOCAL, GLOBAL -> isColId(kind(2)) || kind(2) == TABLE;
      default -> false;
    };
  }

  boolean namedArgument() {
    return kind(2) == NAMED_ARGUMENT_ASSIGNMENT || kind(2) == COLON_EQUALS;
  }

  boolean over() {
    return kind(1) == OVER && (kind(2) == LPAREN || isColId(kind(2)));
  }

  /// The name of another window at the start of a window, not one of its clauses.
  boolean windowName() {
    return switch (kind(1)) {
      case PARTITION -> kind(2) != BY;
      case RANGE, ROWS, GROUPS -> kind(2) == RPAREN || kind(2) == ORDER || kind(2) == PARTITION;
      default -> isColId(kind(1));
    };
  }

  /// A type spelled by keywords.
  boolean builtinType() {
    return switch (kind(1)) {
      case INT, INTEGER, SMALLINT, BIGINT, REAL, FLOAT, DECIMAL, DEC, NUMERIC, BOOLEAN, JSON, BIT, CHARACTER, CHAR, NCHAR,
          NATIONAL, VARCHAR, TIMESTAMP, TIME, INTERVAL -> true;
      case DOUBLE -> kind(2) == PRECISION;
      default -> false;
    };
  }

  boolean timeZone() {
    return (kind(1) == WITH || kind(1) == WITHOUT) && kind(2) == TIME && kind(3) == ZONE;
  }

  boolean intervalField() {
    return switch (kind(1)) {
      case YEAR, MONTH, DAY, HOUR, MINUTE, SECOND -> true;
      default -> false;
    };
  }

  /// A type spelled by keywords with a string after it: `timestamp(3) with time zone '…'`.
  boolean typedLiteral() {
    if (!builtinType()) {
      return false;
    }
    Token token = after(parser.getToken(1));
    if (kind(1) == NATIONAL || kind(1) == DOUBLE) {
      token = after(token);
    }
    if (token.kind == VARYING) {
      token = after(token);
    }
    if (token.kind == LPAREN) {
      do {
        token = after(token);
      } while (token.kind == UNSIGNED_INTEGER_LITERAL || token.kind == COMMA);
      if (token.kind != RPAREN) {
        return false;
      }
      token = after(token);
    }
    if (token.kind == WITH || token.kind == WITHOUT) {
      token = after(after(after(token)));
    }
    return isString(token.kind);
  }

  /// A function with a syntax of its own.
  boolean specialCall() {
    return switch (kind(1)) {
      case COALESCE, GREATEST, LEAST, NULLIF, GROUPING, EXTRACT, OVERLAY, POSITION, SUBSTRING, TRIM, TREAT, NORMALIZE,
          MERGE_ACTION -> kind(2) == LPAREN;
      case COLLATION -> kind(2) == FOR;
      default -> false;
    };
  }

  /// A function of SQL/JSON or XML.
  boolean jsonOrXmlCall() {
    return kind(2) == LPAREN && switch (kind(1)) {
      case JSON, JSON_ARRAY, JSON_ARRAYAGG, JSON_EXISTS, JSON_OBJECT, JSON_OBJECTAGG, JSON_QUERY, JSON_SCALAR,
          JSON_SERIALIZE, JSON_VALUE, XMLCONCAT, XMLELEMENT, XMLEXISTS, XMLFOREST, XMLPARSE, XMLPI, XMLROOT,
          XMLSERIALIZE -> true;
      default -> false;
    };
  }

  boolean jsonOrXmlTable() {
    return call(JSON_TABLE) || call(XMLTABLE);
  }

  boolean noValue() {
    return kind(1) == NO && kind(2) == VALUE;
  }

  /// `NESTED [PATH] '…'`, not a column of that name.
  boolean nestedColumns() {
    return kind(1) == NESTED && (isString(kind(2)) || (kind(2) == PATH && isString(kind(3))));
  }

  /// A function without parentheses.
  boolean valueFunction() {
    return switch (kind(1)) {
      case CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP, CURRENT_ROLE, CURRENT_USER,
          SESSION_USER, SYSTEM_USER, USER, CURRENT_CATALOG -> true;
      case CURRENT_SCHEMA -> kind(2) != LPAREN;
      default -> false;
    };
  }
}
