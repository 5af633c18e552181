package io.shardgate.pgwire.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The first `p` message of a SASL login.
/// Immutable.
///
///     | mechanism | 0 | length (int32), -1 for none | initial response |
@SuppressWarnings("ArrayRecordComponent") // a copy of every value would cost more than the promise not to change it
public record SaslInitialResponse(String mechanism, byte @Nullable [] response) {
  /// Reads it from the body of a `p` message. Throws [MalformedMessageException].
  public static SaslInitialResponse of(FrontendMessage.AuthenticationReply reply) {
    byte[] body = reply.body();
    int zero = 0;
    while (zero < body.length && body[zero] != 0) {
      zero++;
    }
    if (body.length - zero < 1 + Integer.BYTES) {
      throw new MalformedMessageException("insufficient data left in message");
    }
    String mechanism = new String(body, 0, zero, StandardCharsets.UTF_8);
    int start = zero + 1 + Integer.BYTES;
    int length = ByteBuffer.wrap(body).getInt(zero + 1);
    if (length == -1 ? start != body.length : length != body.length - start) {
      throw new MalformedMessageException("invalid message format");
    }
    return new SaslInitialResponse(mechanism, length == -1 ? null : Arrays.copyOfRange(body, start, body.length));
  }

  /// Says nothing of the response.
  @Override
  public String toString() {
    return "SaslInitialResponse[mechanism=" + mechanism + ", response=***]";
  }
}
