package io.shardgate.router.plan;

import io.shardgate.directory.KeyValue;

/// Where a shard key's value is to be found once a statement and its parameters are at hand.
public sealed interface KeySource {
  /// The literal in that slot, counted from 0 over the statement.
  ///
  /// @param negative whether a minus sign outside the literal belongs to it
  record Literal(int slot, boolean negative) implements KeySource {}

  /// The parameter `$number`, counted from 1; it has the type the client said for it, or `typeOid` where it said none.
  ///
  /// @param typeOid the type PostgreSQL infers at that place: of the column, or of a cast; or `UNTOLD`
  record Parameter(int number, int typeOid) implements KeySource {}

  /// In place of an inferred type: the parameter stands in several places, of which another one may tell, or beside a decimal, which makes it one.
  int UNTOLD = -1;

  /// A parameter that is an array, as in `= ANY ($1)`: each element that is not NULL is a key.
  ///
  /// @param elementOid the element type that PostgreSQL infers; or `UNTOLD`
  record ParameterArray(int number, int elementOid) implements KeySource {}

  /// A literal that is an array, as in `= ANY ('{1,2}')`: each element that is not NULL is a key.
  record LiteralArray(int slot) implements KeySource {}

  /// A text that is part of the statement's shape, as in `date '01/02/2026'`, and that only a server can read.
  record Spelled(String text) implements KeySource {}

  /// A value that is part of the statement's shape.
  record Constant(KeyValue value) implements KeySource {}

  /// A value as its column keeps it: without the blanks that `varchar(n)` cuts from behind it, rounded as `numeric(p, s)` or `timestamp(p)` is.
  ///
  /// @param typmod the column's `atttypmod`
  record Stored(KeySource value, int typmod) implements KeySource {}

  /// NULL: equal to nothing.
  record Null() implements KeySource {}
}
