package io.shardgate.pgwire.scram;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.ongres.scram.client.ScramClient.PasswordBuildStage;
import com.ongres.scram.common.StringPreparation;
import io.shardgate.pgwire.SqlState;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The client's side of one login, with a password or with [ScramKeys].
/// Not thread-safe; owned by the server connection that logs in.
///
/// The verbs are called in order: [#first], [#respond], [#finish]; the messages are drawn at [ScramServer]. With keys a login
/// costs a few hashes; with a password `respond` derives the key, which takes as long as the server's iteration count says:
/// not for an event loop.
public final class ScramClient {
  /// The most iterations a server may ask of a password; a second of one core, about.
  public static final int MAX_ITERATIONS = 2_000_000;

  /// PostgreSQL takes the user from the startup packet and ignores the one in SCRAM.
  private static final String USER = "*";

  /// Checked before the library sees the message: a missing attribute ends it with an AssertionError.
  private static final Pattern SERVER_FIRST =
      Pattern.compile("r=[^,]+,s=[A-Za-z0-9+/=]+,i=(?<iterations>\\d{1,9})(,.*)?");

  private final com.ongres.scram.client.ScramClient client;

  private ScramClient(com.ongres.scram.client.ScramClient client) {
    this.client = client;
  }

  public static ScramClient withPassword(String password) {
    return new ScramClient(
        builder()
            .password(password.toCharArray())
            .stringPreparation(StringPreparation.POSTGRESQL_PREPARATION)
            .build());
  }

  public static ScramClient withKeys(ScramKeys keys) {
    return new ScramClient(
        builder().clientAndServerKey(keys.clientKey(), keys.serverKey()).build());
  }

  /// The client-first-message, for SASLInitialResponse with [ScramServer#MECHANISM_NAME].
  public byte[] first() {
    return client.clientFirstMessage().toString().getBytes(UTF_8);
  }

  /// Takes the server-first-message and gives the client-final-message. Throws [ScramException].
  public byte[] respond(byte[] serverFirst) {
    String message = new String(serverFirst, UTF_8);
    Matcher form = SERVER_FIRST.matcher(message);
    if (!form.matches()) {
      throw failed("the server-first-message is malformed");
    }
    int iterations = Integer.parseInt(form.group("iterations"));
    if (iterations > MAX_ITERATIONS) {
      throw failed("the server asks for " + iterations + " iterations (limit: " + MAX_ITERATIONS + ")");
    }
    try {
      client.serverFirstMessage(message);
      return client.clientFinalMessage().toString().getBytes(UTF_8);
    } catch (com.ongres.scram.common.exception.ScramException | RuntimeException fault) {
      throw failed(String.valueOf(fault.getMessage()));
    }
  }

  /// Takes the server-final-message. Throws [ScramException] when the server refuses, or does not prove that it knows the
  /// verifier: then it is not the server it seems to be, and must get no statement.
  public void finish(byte[] serverFinal) {
    try {
      client.serverFinalMessage(new String(serverFinal, UTF_8));
    } catch (com.ongres.scram.common.exception.ScramException | RuntimeException fault) {
      throw failed(String.valueOf(fault.getMessage()));
    }
  }

  private static PasswordBuildStage builder() {
    return com.ongres.scram.client.ScramClient.builder()
        .advertisedMechanisms(List.of(ScramServer.MECHANISM_NAME))
        .username(USER);
  }

  private static ScramException failed(String detail) {
    return new ScramException(
        SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "SCRAM login to a server failed", detail);
  }
}
