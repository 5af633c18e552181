package io.shardgate.proxy.relay;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;

/// An error for the client, as fields: a server's own, or one of the proxy's. Without a stack trace, as it is no fault of ours.
public final class ServerErrorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient ErrorFields fields;

  public ServerErrorException(ErrorFields fields) {
    super(fields.message(), null, false, false);
    this.fields = fields;
  }

  public ServerErrorException(SqlState state, String message) {
    this(ErrorFields.error(state, message));
  }

  /// What the client is to see.
  public ErrorFields fields() {
    return fields;
  }
}
