package io.shardgate.proxy.relay;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.router.DocumentedRefusal;
import io.shardgate.router.plan.Plan;
import org.jspecify.annotations.Nullable;

/// An error for the client, as fields: a server's own, or one of the proxy's. Without a stack trace, as it is no fault of ours.
public final class ServerErrorException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient ErrorFields fields;
  private final @Nullable DocumentedRefusal refusal;

  ServerErrorException(ErrorFields fields, @Nullable DocumentedRefusal refusal) {
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

  /// For a plan that refuses.
  public static ServerErrorException of(Plan.Refuse refuse) {
    ErrorFields fields =
        ErrorFields.error(SqlState.FEATURE_NOT_SUPPORTED, refuse.message()).with(ErrorFields.CODE, refuse.refusal().sqlState());
    String detail = refuse.detail();
    if (detail != null) {
      fields = fields.withDetail(detail);
    }
    String hint = refuse.hint();
    return new ServerErrorException(hint == null ? fields : fields.withHint(hint), refuse.refusal());
  }

  /// What the client is to see.
  public ErrorFields fields() {
    return fields;
  }

  /// What is declined with this error; null when it is no refusal.
  public @Nullable DocumentedRefusal refusal() {
    return refusal;
  }
}
