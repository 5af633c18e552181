package io.shardgate.pgwire.message;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a server sends (PostgreSQL docs, "Message Formats"). Values stay bytes; the arrays are the message's own and must not
/// be changed.
/// Immutable.
@SuppressWarnings("ArrayRecordComponent") // a copy of every value would cost more than the promise not to change it
public sealed interface BackendMessage {
  /// An `R` message: a step of the login.
  sealed interface Authentication extends BackendMessage {}

  record AuthenticationOk() implements Authentication {}

  record AuthenticationKerberosV5() implements Authentication {}

  record AuthenticationCleartextPassword() implements Authentication {}

  record AuthenticationMd5Password(int salt) implements Authentication {}

  record AuthenticationGss() implements Authentication {}

  record AuthenticationGssContinue(byte[] data) implements Authentication {}

  record AuthenticationSspi() implements Authentication {}

  record AuthenticationSasl(List<String> mechanisms) implements Authentication {
    public AuthenticationSasl {
      mechanisms = List.copyOf(mechanisms);
    }
  }

  record AuthenticationSaslContinue(byte[] data) implements Authentication {}

  record AuthenticationSaslFinal(byte[] data) implements Authentication {}

  /// What a CancelRequest must name.
  record BackendKeyData(int processId, CancelKey key) implements BackendMessage {}

  record BindComplete() implements BackendMessage {}

  record CloseComplete() implements BackendMessage {}

  record CommandComplete(String tag) implements BackendMessage {}

  record CopyBothResponse(int format, int[] columnFormats) implements BackendMessage {}

  record CopyData(byte[] data) implements BackendMessage {}

  record CopyDone() implements BackendMessage {}

  record CopyInResponse(int format, int[] columnFormats) implements BackendMessage {}

  record CopyOutResponse(int format, int[] columnFormats) implements BackendMessage {}

  record DataRow(List<byte @Nullable []> values) implements BackendMessage {
    public DataRow {
      values = Collections.unmodifiableList(new ArrayList<>(values));
    }
  }

  record EmptyQueryResponse() implements BackendMessage {}

  record ErrorResponse(ErrorFields fields) implements BackendMessage {}

  record FunctionCallResponse(byte @Nullable [] value) implements BackendMessage {}

  /// The server speaks an older minor version, or does not know some `_pq_.` options. `newestVersion` is the whole version as
  /// in a startup packet, `major << 16 | minor`.
  record NegotiateProtocolVersion(int newestVersion, List<String> unknownOptions) implements BackendMessage {
    public NegotiateProtocolVersion {
      unknownOptions = List.copyOf(unknownOptions);
    }
  }

  record NoData() implements BackendMessage {}

  record NoticeResponse(ErrorFields fields) implements BackendMessage {}

  record NotificationResponse(int processId, String channel, String payload) implements BackendMessage {}

  record ParameterDescription(int[] typeOids) implements BackendMessage {}

  record ParameterStatus(String name, String value) implements BackendMessage {}

  record ParseComplete() implements BackendMessage {}

  record PortalSuspended() implements BackendMessage {}

  /// `status` is `I` outside a transaction block, `T` in one, `E` in a failed one.
  record ReadyForQuery(char status) implements BackendMessage {}

  record RowDescription(List<FieldDescription> fields) implements BackendMessage {
    public RowDescription {
      fields = List.copyOf(fields);
    }
  }
}
