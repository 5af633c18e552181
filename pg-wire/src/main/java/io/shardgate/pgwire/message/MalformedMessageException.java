package io.shardgate.pgwire.message;

import io.shardgate.pgwire.SqlState;

/// A frame whose body is not what its type promises. Says so in PostgreSQL's words.
public final class MalformedMessageException extends RuntimeException {
  private final SqlState code;

  MalformedMessageException(String message) {
    this(SqlState.PROTOCOL_VIOLATION, message);
  }

  /// For readers of messages outside of this package.
  public MalformedMessageException(SqlState code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  /// The code PostgreSQL would answer with.
  public SqlState code() {
    return code;
  }
}
