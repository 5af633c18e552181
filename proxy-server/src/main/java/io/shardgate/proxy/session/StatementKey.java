package io.shardgate.proxy.session;

import java.util.Arrays;

/// What makes two prepared statements the same on one server connection. Immutable.
///
/// @param sql the text, not copied
/// @param parameterOids in the home shard's numbers
/// @param searchPath the setting, as names in the text depend on it
/// @param shape of the result, as PostgreSQL described it to the client: two clients that prepared before and after a change of a
///     table must not share
@SuppressWarnings("ArrayRecordComponent") // equality is written out below
record StatementKey(byte[] sql, int[] parameterOids, String searchPath, long shape) {
  @Override
  public boolean equals(Object other) {
    return other instanceof StatementKey that
        && shape == that.shape
        && Arrays.equals(sql, that.sql)
        && Arrays.equals(parameterOids, that.parameterOids)
        && searchPath.equals(that.searchPath);
  }

  @Override
  public int hashCode() {
    return (Arrays.hashCode(sql) * 31 + Arrays.hashCode(parameterOids)) * 31 + Long.hashCode(shape);
  }
}
