package io.shardgate.pgwire.message;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client sends once its session is open (PostgreSQL docs, "Message Formats"). SQL text and values stay bytes, in the
/// client's encoding; the arrays are the message's own and must not be changed.
/// Immutable.
@SuppressWarnings("ArrayRecordComponent") // a copy of every value would cost more than the promise not to change it
public sealed interface FrontendMessage {
  /// What [Describe] and [Close] are about.
  enum Subject {
    STATEMENT('S'),
    PORTAL('P');

    private final char code;

    Subject(char code) {
      this.code = code;
    }

    /// The byte on the wire.
    public char code() {
      return code;
    }
  }

  /// Binds values to a statement. Formats are 0 for text, 1 for binary: none given means all text, one is meant for all.
  record Bind(
      String portal,
      String statement,
      int[] parameterFormats,
      List<byte @Nullable []> parameters,
      int[] resultFormats)
      implements FrontendMessage {
    public Bind {
      parameters = Collections.unmodifiableList(new ArrayList<>(parameters));
    }

    /// The format of parameter `index`, from 0.
    public int parameterFormat(int index) {
      return switch (parameterFormats.length) {
        case 0 -> 0;
        case 1 -> parameterFormats[0];
        default -> parameterFormats[index];
      };
    }
  }

  record Close(Subject subject, String name) implements FrontendMessage {}

  record CopyData(byte[] data) implements FrontendMessage {}

  record CopyDone() implements FrontendMessage {}

  record CopyFail(String reason) implements FrontendMessage {}

  record Describe(Subject subject, String name) implements FrontendMessage {}

  /// Runs a portal for at most `maxRows` rows; 0 means all.
  record Execute(String portal, int maxRows) implements FrontendMessage {}

  record Flush() implements FrontendMessage {}

  /// The old fast-path call of a function.
  record FunctionCall(
      int functionOid, int[] argumentFormats, List<byte @Nullable []> arguments, int resultFormat)
      implements FrontendMessage {
    public FunctionCall {
      arguments = Collections.unmodifiableList(new ArrayList<>(arguments));
    }
  }

  /// Prepares a statement. A type OID of 0 leaves the parameter's type to the server.
  record Parse(String statement, byte[] sql, int[] parameterTypes) implements FrontendMessage {}

  /// A `p` message: a password, or a step of SASL or GSSAPI. Only who asked for it knows which.
  record AuthenticationReply(byte[] body) implements FrontendMessage {
    /// The body as a password, without the zero byte that ends it.
    public byte[] password() {
      if (body.length == 0 || body[body.length - 1] != 0) {
        throw new MalformedMessageException("invalid password packet size");
      }
      return Arrays.copyOf(body, body.length - 1);
    }

    /// Says nothing of the body: it is a secret.
    @Override
    public String toString() {
      return "AuthenticationReply[***]";
    }
  }

  record Query(byte[] sql) implements FrontendMessage {}

  record Sync() implements FrontendMessage {}

  record Terminate() implements FrontendMessage {}
}
