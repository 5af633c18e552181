package io.shardgate.proxy.relay;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import org.jspecify.annotations.Nullable;

/// An error for the client, as fields: a server's own, or one of the proxy's. Without a stack trace, as it is no fault of ours.
public final class ServerErrorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient ErrorFields fields;
  private final @Nullable ProxyRefusal refusal;

  ServerErrorException(ErrorFields fields, @Nullable ProxyRefusal refusal) {
    super(fields.message(), null, false, false);
    this.fields = fields;
    this.refusal = refusal;
  }

  public ServerErrorException(ErrorFields fields) {
    this(fields, null);
  }

  public ServerErrorException(SqlState state, String message) {
    this(ErrorFields.error(state, message));
  }

  /// What the client is to see.
  public ErrorFields fields() {
    return fields;
  }

  /// What the proxy declines with this error; null when it is not a refusal of the proxy's.
  public @Nullable ProxyRefusal refusal() {
    return refusal;
  }
}
