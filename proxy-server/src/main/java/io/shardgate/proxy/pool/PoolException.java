package io.shardgate.proxy.pool;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import org.jspecify.annotations.Nullable;

/// Why there is no server connection, in words for the client. Immutable; without a stack trace, as it is no fault of ours.
public final class PoolException extends Exception {
  private static final long serialVersionUID = 1;

  /// Who or what is to blame, for metrics and for deciding on another try.
  public enum Reason {
    /// The shard can't be reached, does not answer, or is starting up or shutting down.
    SHARD_UNREACHABLE,
    /// The server refused the login; [PoolException#fromServer] has its words.
    LOGIN_REFUSED,
    /// More acquires wait for the shard than the limit allows.
    QUEUE_FULL,
    /// No connection became free in time.
    QUEUE_TIMEOUT,
    /// Transactions wait for each other's connections, and this one was the youngest; or it waited too long while holding others.
    HOLD_AND_WAIT,
    /// No such shard, or the pools are being closed.
    CLOSED
  }

  private final Reason reason;
  private final ShardId shard;
  private final transient @Nullable ErrorFields fromServer;
  private final SqlState sqlState;
  private final @Nullable String hint;

  PoolException(
      Reason reason,
      ShardId shard,
      SqlState sqlState,
      String message,
      @Nullable String hint,
      @Nullable ErrorFields fromServer,
      @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.reason = reason;
    this.shard = shard;
    this.sqlState = sqlState;
    this.hint = hint;
    this.fromServer = fromServer;
  }

  PoolException(Reason reason, ShardId shard, SqlState sqlState, String message) {
    this(reason, shard, sqlState, message, null, null, null);
  }

  public Reason reason() {
    return reason;
  }

  public ShardId shard() {
    return shard;
  }

  /// The code a client gets when [#fromServer] is null.
  public SqlState sqlState() {
    return sqlState;
  }

  public @Nullable String hint() {
    return hint;
  }

  /// The server's own error, to be passed as it is, when a server refused the login.
  public @Nullable ErrorFields fromServer() {
    return fromServer;
  }

  /// Whether the server took the password, or the keys that stand for it, for a wrong one.
  boolean isWrongPassword() {
    ErrorFields fields = fromServer;
    return fields != null && fields.hasCode(SqlState.INVALID_PASSWORD);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
