package io.shardgate.proxy.auth;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;

/// A login that failed, in the words for the client. Without a stack trace, as it is no fault of ours.
public final class LoginException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient ErrorFields fields;

  public LoginException(ErrorFields fields) {
    super(fields.message(), null, false, false);
    this.fields = fields;
  }

  public LoginException(SqlState state, String message) {
    this(ErrorFields.fatal(state, message));
  }

  public ErrorFields fields() {
    return fields;
  }
}
