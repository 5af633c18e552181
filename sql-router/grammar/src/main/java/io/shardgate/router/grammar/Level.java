package io.shardgate.router.grammar;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;

/// How tightly PostgreSQL's operators bind, loosest first: the precedence declarations of its `gram.y`.
final class Level {
  static final int NONE = 0;
  static final int OR = 1;
  static final int AND = 2;
  static final int NOT = 3;
  static final int IS = 4;
  static final int COMPARISON = 5;
  static final int PATTERN = 6;
  static final int SYMBOL = 7;
  static final int SUM = 8;
  static final int PRODUCT = 9;
  static final int POWER = 10;
  static final int AT = 11;
  static final int COLLATE = 12;
  static final int SIGN = 13;
  static final int CAST = 14;

  private Level() {}

  /// The level of an arithmetic operator.
  static int of(SqlOperator operator) {
    return switch (operator.getKind()) {
      case PLUS, MINUS -> SUM;
      case TIMES, DIVIDE, MOD -> PRODUCT;
      default -> {
        if (operator.getKind() != SqlKind.OTHER) {
          throw new IllegalArgumentException("level of " + operator);
        }
        yield POWER;
      }
    };
  }
}
