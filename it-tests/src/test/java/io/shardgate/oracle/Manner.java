package io.shardgate.oracle;

/// How a query is asked. Immutable.
enum Manner {
  /// In a simple Query.
  SIMPLE(false),
  /// Parse, Bind, Describe of the portal, Execute, with results as text.
  TEXT(true),
  /// The same with results in binary.
  BINARY(true),
  /// A named statement, described, executed twice, the second time with other values; then closed.
  NAMED(true),
  /// A portal that is executed for a few rows, a few more, then all.
  IN_PIECES(true),
  /// In a block: a portal that is executed for a few rows, then after something else for the rest.
  SUSPENDED(true),
  /// Twice in one simple Query.
  TWICE(false),
  /// PREPARE and EXECUTE in SQL.
  EXECUTED(false),
  /// COPY (query) TO STDOUT.
  COPIED(false),
  /// EXPLAIN: an answer without rows, as plans differ.
  EXPLAINED(false),
  /// DECLARE and FETCH in a block.
  CURSOR(false),
  /// The same with some rows fetched again.
  SCROLLED(false),
  /// A cursor WITH HOLD, without a block.
  HELD(false);

  final boolean takesParameters;

  Manner(boolean takesParameters) {
    this.takesParameters = takesParameters;
  }

  boolean needsBlock() {
    return this == CURSOR || this == SCROLLED || this == SUSPENDED;
  }
}
