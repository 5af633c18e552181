package io.shardgate.proxy.session;

import java.util.Arrays;

/// What makes two prepared statements the same on one server connection. Immutable.
final class StatementKey {
  private final byte[] sql;
  private final int[] parameterOids;
  private final String searchPath;
  private final LiteralSettings literals;
  private final long shape;
  private final int hash;

  /// @param sql the text, not copied
  /// @param parameterOids in the home shard's numbers
  /// @param searchPath the setting, as names in the text depend on it
  /// @param literals the settings that the text was read under
  /// @param shape of the result, as PostgreSQL described it to the client: two clients that prepared before and after a change of a
  ///     table must not share
  StatementKey(byte[] sql, int[] parameterOids, String searchPath, LiteralSettings literals, long shape) {
    this.sql = sql;
    this.parameterOids = parameterOids;
    this.searchPath = searchPath;
    this.literals = literals;
    this.shape = shape;
    this.hash = ((Arrays.hashCode(sql) * 31 + Arrays.hashCode(parameterOids)) * 31 + Long.hashCode(shape)) * 31 + literals.hashCode();
  }

  /// Whether it is of these.
  boolean isOf(String path, long resultShape) {
    return shape == resultShape && searchPath.equals(path);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof StatementKey that
            && hash == that.hash
            && shape == that.shape
            && Arrays.equals(sql, that.sql)
            && Arrays.equals(parameterOids, that.parameterOids)
            && literals.equals(that.literals)
            && searchPath.equals(that.searchPath));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
