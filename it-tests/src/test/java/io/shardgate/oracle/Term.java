package io.shardgate.oracle;

/// An expression and what it gives. Immutable.
///
/// @param sql fit to stand on either side of an operator
record Term(String sql, Kind kind) {
  Term as(Kind other, String format) {
    return new Term(format.formatted(sql), other);
  }
}
