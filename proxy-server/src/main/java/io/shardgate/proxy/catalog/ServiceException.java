package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardId;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// Work of the service role on a shard that failed. The message names the shard.
public final class ServiceException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private static final String CONNECTION_FAILURE = "08006";

  private final String shard;
  private final String sqlState;

  ServiceException(ShardId shard, SQLException cause) {
    super("shard " + shard + ": " + message(cause), cause);
    this.shard = shard.value();
    @Nullable String state = stateOf(cause);
    this.sqlState = state == null ? CONNECTION_FAILURE : state;
  }

  /// A pool reports its own timeout; why no connection came is underneath.
  private static String message(SQLException cause) {
    @Nullable Throwable under = cause.getCause();
    return cause instanceof java.sql.SQLTransientConnectionException && under != null
        ? String.valueOf(under.getMessage())
        : String.valueOf(cause.getMessage());
  }

  private static @Nullable String stateOf(SQLException cause) {
    if (cause.getSQLState() != null) {
      return cause.getSQLState();
    }
    return cause.getCause() instanceof SQLException under ? under.getSQLState() : null;
  }

  public ShardId shard() {
    return new ShardId(shard);
  }

  /// The server's SQLSTATE, or 08006 where no server answered.
  public String sqlState() {
    return sqlState;
  }

  /// Whether the shard could not be reached, or was lost on the way.
  public boolean isConnectionFailure() {
    return sqlState.startsWith("08") || sqlState.startsWith("57P");
  }
}
