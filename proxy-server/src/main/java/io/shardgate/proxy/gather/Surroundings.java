package io.shardgate.proxy.gather;

/// What stands around a query that is gathered for. Immutable.
///
/// @param before what stands before it in the statement that the home shard is to run; empty where that is the query
/// @param keepsText whether the query's own text says what its columns are called
/// @param pulls whether rows are asked for
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
record Surroundings(byte[] before, boolean keepsText, boolean pulls) {
  static final Surroundings NONE = new Surroundings(new byte[0], false, true);

  /// @param declare DECLARE … FOR; empty where there is none
  static Surroundings cursor(byte[] declare) {
    return new Surroundings(declare, declare.length > 0, true);
  }
}
