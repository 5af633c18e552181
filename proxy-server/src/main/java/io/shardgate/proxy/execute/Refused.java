package io.shardgate.proxy.execute;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.plan.Plan;
import java.util.LinkedHashMap;
import java.util.Map;

/// Errors of this station's own making, and shards' errors made fit for the client's text.
final class Refused {
  private Refused() {}

  static ServerErrorException asError(Plan.Refuse refuse) {
    ErrorFields fields =
        ErrorFields.error(SqlState.FEATURE_NOT_SUPPORTED, refuse.message()).with(ErrorFields.CODE, refuse.refusal().sqlState());
    String detail = refuse.detail();
    if (detail != null) {
      fields = fields.withDetail(detail);
    }
    String hint = refuse.hint();
    return new ServerErrorException(hint == null ? fields : fields.withHint(hint));
  }

  static ErrorFields withoutPosition(ErrorFields fields) {
    return without(fields, ErrorFields.POSITION);
  }

  static ErrorFields without(ErrorFields fields, byte type) {
    Map<Byte, String> kept = new LinkedHashMap<>(fields.byType());
    kept.remove(type);
    return new ErrorFields(kept);
  }
}
