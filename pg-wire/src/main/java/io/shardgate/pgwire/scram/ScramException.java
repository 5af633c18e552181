package io.shardgate.pgwire.scram;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;

/// A SCRAM exchange that ended early: a message that is none, or a peer that does not know the secret.
public final class ScramException extends RuntimeException {
  private final SqlState code;
  private final String detail;

  ScramException(SqlState code, String message, String detail) {
    super(message, null, false, false);
    this.code = code;
    this.detail = detail;
  }

  static ScramException malformed(String detail) {
    return new ScramException(SqlState.PROTOCOL_VIOLATION, "malformed SCRAM message", detail);
  }

  public SqlState code() {
    return code;
  }

  /// One sentence more, or empty.
  public String detail() {
    return detail;
  }

  /// The answer for the client whose login this ends.
  public ErrorFields fields() {
    ErrorFields fields = ErrorFields.fatal(code, String.valueOf(getMessage()));
    return detail.isEmpty() ? fields : fields.withDetail(detail);
  }
}
