package io.shardgate.oracle;

/// How a query is asked. Immutable.
enum Manner {
  /// In a simple Query.
  SIMPLE(false),
  /// Parse, Bind, Describe of the portal, Execute, with results as text.
  TEXT(true),
  /// The same with results in binary.
  BINARY(true),
  /// A named statement, described, executed twice; then closed.
  NAMED(true),
  /// A portal that is executed for a few rows, a few more, then all.
  IN_PIECES(true),
  /// PREPARE and EXECUTE in SQL.
  EXECUTED(false),
  /// COPY (query) TO STDOUT.
  COPIED(false),
  /// DECLARE and FETCH in a transaction block.
  CURSOR(false),
  /// The same with some rows fetched again.
  SCROLLED(false),
  /// A cursor WITH HOLD, without a block.
  HELD(false);

  final boolean takesParameters;

  Manner(boolean takesParameters) {
    this.takesParameters = takesParameters;
  }
}
