package io.shardgate.proxy.gather;

import java.util.Arrays;

/// By what a shard's piece of a client's prepared statement is known among those that a connection has prepared. Immutable.
///
/// @param statement the key of the client's statement: its text, its parameters' types, and what else it depends on
/// @param text the piece's, not copied
/// @param types those of its parameters
@SuppressWarnings("ArrayRecordComponent") // compared by what is in them
record PieceKey(Object statement, byte[] text, int[] types) {
  @Override
  public boolean equals(Object other) {
    return other instanceof PieceKey(Object itsStatement, byte[] itsText, int[] itsTypes)
        && statement.equals(itsStatement)
        && Arrays.equals(text, itsText)
        && Arrays.equals(types, itsTypes);
  }

  @Override
  public int hashCode() {
    return statement.hashCode() * 31 + Arrays.hashCode(text);
  }
}
