package io.shardgate.pgwire.scram;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.ongres.scram.common.ScramFunctions;
import io.shardgate.pgwire.SqlState;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The server's side of one login.
/// Not thread-safe; owned by the client connection that logs in.
///
///     EXPECTS_FIRST → EXPECTS_FINAL [first]    client-first-message in, server-first-message out
///     EXPECTS_FINAL → ENDED [finish]           client-final-message in, the outcome out
///
///     C: n,,n=user,r=<client nonce>
///     S: r=<client nonce><server nonce>,s=<salt>,i=<iterations>
///     C: c=biws,r=<both nonces>,p=<ClientProof>
///     S: v=<ServerSignature>
///
/// With channel binding, of type `tls-server-end-point` (RFC 5929), the header is `p=tls-server-end-point,,` and `c=` holds it and the hash of
/// the server's certificate: who sits between client and server has another certificate.
///
/// Costs three hashes, no key derivation.
public final class ScramServer {
  /// The mechanism's name in AuthenticationSASL.
  public static final String MECHANISM_NAME = "SCRAM-SHA-256";

  /// The same with channel binding, offered under TLS.
  public static final String MECHANISM_NAME_PLUS = "SCRAM-SHA-256-PLUS";

  private static final String BINDING_TYPE = "tls-server-end-point";

  private static final int NONCE_BYTES = 18;
  private static final SecureRandom RANDOM = new SecureRandom();

  /// How a login ended that followed the rules.
  public sealed interface Outcome {
    /// The client knows the password. `serverFinal` proves that this side knows the verifier.
    @SuppressWarnings("ArrayRecordComponent") // handed over once, compared never
    record Accepted(byte[] serverFinal, ScramKeys keys) implements Outcome {}

    /// The password is wrong, or there is no such role: nobody is told which.
    record Rejected() implements Outcome {}
  }

  private enum State {
    EXPECTS_FIRST,
    EXPECTS_FINAL,
    ENDED
  }

  private final ScramVerifier verifier;
  private final boolean doomed;
  private final String serverNonce;
  private final byte @Nullable [] endPoint;
  private boolean bound;
  private State state = State.EXPECTS_FIRST;
  private String clientFirstBare = "";
  private String channelBinding = "";
  private String nonce = "";
  private String serverFirst = "";

  ScramServer(ScramVerifier verifier, boolean doomed, String serverNonce, byte @Nullable [] endPoint) {
    this.verifier = verifier;
    this.doomed = doomed;
    this.serverNonce = serverNonce;
    this.endPoint = endPoint;
  }

  /// A login of a role that has this verifier.
  ///
  /// @param endPoint the hash of the certificate that TLS showed to this client, by which it may bind its login to the channel; null where
  ///     there is no TLS
  public static ScramServer against(ScramVerifier verifier, byte @Nullable [] endPoint) {
    return new ScramServer(verifier, false, newNonce(), endPoint);
  }

  /// The same without TLS.
  public static ScramServer against(ScramVerifier verifier) {
    return against(verifier, null);
  }

  /// A login of a role that does not exist or has no SCRAM verifier: goes the same way and fails at its end. The salt it
  /// shows depends on nothing but the name and `secret`, as a real role's would, so that asking twice tells nothing.
  public static ScramServer againstNobody(String role, byte[] secret, byte @Nullable [] endPoint) {
    byte[] salt = Arrays.copyOf(sha256(role.getBytes(UTF_8), secret), ScramVerifier.SALT_BYTES);
    byte[] nothing = new byte[ScramKeys.KEY_BYTES];
    ScramVerifier mock = new ScramVerifier(ScramVerifier.DEFAULT_ITERATIONS, salt, nothing, nothing);
    return new ScramServer(mock, true, newNonce(), endPoint);
  }

  /// What is offered to the client, the better one first.
  public List<String> mechanisms() {
    return endPoint == null ? List.of(MECHANISM_NAME) : List.of(MECHANISM_NAME_PLUS, MECHANISM_NAME);
  }

  /// Takes the client-first-message and gives the server-first-message. Throws [ScramException].
  ///
  /// @param mechanism which of [#mechanisms] the client chose
  public byte[] first(String mechanism, byte[] clientFirst) {
    require(State.EXPECTS_FIRST);
    state = State.ENDED;
    if (!mechanisms().contains(mechanism)) {
      throw new ScramException(SqlState.PROTOCOL_VIOLATION, "client selected an invalid SASL authentication mechanism", "");
    }
    bound = mechanism.equals(MECHANISM_NAME_PLUS);
    String message = text(clientFirst);
    channelBinding = readHeader(message);
    clientFirstBare = message.substring(channelBinding.length());
    if (clientFirstBare.startsWith("m=")) {
      throw new ScramException(
          SqlState.FEATURE_NOT_SUPPORTED, "client requires an unsupported SCRAM extension", "");
    }
    ScramAttributes attributes = new ScramAttributes(clientFirstBare, 0);
    attributes.read('n');
    String clientNonce = attributes.read('r');
    if (clientNonce.isEmpty() || !clientNonce.chars().allMatch(c -> c >= 0x21 && c <= 0x7e)) {
      throw new ScramException(SqlState.PROTOCOL_VIOLATION, "non-printable characters in SCRAM nonce", "");
    }
    while (attributes.hasNext()) {
      attributes.readAny();
    }
    nonce = clientNonce + serverNonce;
    serverFirst =
        "r=%s,s=%s,i=%d"
            .formatted(nonce, Base64.getEncoder().encodeToString(verifier.salt()), verifier.iterations());
    state = State.EXPECTS_FINAL;
    return serverFirst.getBytes(UTF_8);
  }

  /// The same for [#MECHANISM_NAME].
  public byte[] first(byte[] clientFirst) {
    return first(MECHANISM_NAME, clientFirst);
  }

  /// Takes the client-final-message. Throws [ScramException] when it is none.
  public Outcome finish(byte[] clientFinal) {
    require(State.EXPECTS_FINAL);
    state = State.ENDED;
    String message = text(clientFinal);
    ScramAttributes attributes = new ScramAttributes(message, 0);
    checkBinding(attributes.read('c'));
    String finalNonce = attributes.read('r');
    while (attributes.peekName() != 'p') {
      attributes.readAny();
    }
    int proofAt = attributes.position();
    byte[] proof = readProof(attributes);
    if (!finalNonce.equals(nonce)) {
      throw new ScramException(SqlState.PROTOCOL_VIOLATION, "invalid SCRAM response", "Nonce does not match.");
    }
    return judge(proof, clientFirstBare + "," + serverFirst + "," + message.substring(0, proofAt - 1));
  }

  /// ClientKey = ClientProof XOR ClientSignature; right when its hash is the StoredKey.
  private Outcome judge(byte[] proof, String authMessage) {
    byte[] signature =
        ScramFunctions.clientSignature(ScramKeys.MECHANISM, verifier.storedKey(), authMessage);
    byte[] clientKey = new byte[ScramKeys.KEY_BYTES];
    for (int i = 0; i < clientKey.length; i++) {
      clientKey[i] = (byte) (proof[i] ^ signature[i]);
    }
    byte[] hashed = ScramFunctions.hash(ScramKeys.MECHANISM, clientKey);
    byte[] serverSignature =
        ScramFunctions.serverSignature(ScramKeys.MECHANISM, verifier.serverKey(), authMessage);
    if (!MessageDigest.isEqual(hashed, verifier.storedKey()) || doomed) {
      return new Outcome.Rejected();
    }
    String serverFinal = "v=" + Base64.getEncoder().encodeToString(serverSignature);
    return new Outcome.Accepted(
        serverFinal.getBytes(UTF_8), new ScramKeys(clientKey, verifier.serverKey()));
  }

  private void checkBinding(String said) {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.writeBytes(channelBinding.getBytes(UTF_8));
    if (bound) {
      expected.writeBytes(Objects.requireNonNull(endPoint));
    }
    if (said.equals(Base64.getEncoder().encodeToString(expected.toByteArray()))) {
      return;
    }
    throw bound
        ? new ScramException(SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "SCRAM channel binding check failed", "")
        : new ScramException(SqlState.PROTOCOL_VIOLATION, "unexpected SCRAM channel-binding attribute in client-final-message", "");
  }

  /// The GS2 header: `n,,`, `y,,` or `p=tls-server-end-point,,`.
  private String readHeader(String message) {
    int end =
        switch (message.charAt(0)) {
          case 'p' -> bindingEnd(message);
          case 'n', 'y' -> unboundEnd(message);
          default ->
              throw ScramException.malformed(
                  "Unexpected channel-binding flag \"" + ScramAttributes.printable(message.charAt(0)) + "\".");
        };
    if (message.startsWith("a", end + 1)) {
      throw new ScramException(SqlState.FEATURE_NOT_SUPPORTED, "client uses authorization identity, but it is not supported", "");
    }
    if (!message.startsWith(",,", end)) {
      throw ScramException.malformed("Comma expected after the channel-binding flag and the authorization identity.");
    }
    return message.substring(0, end + 2);
  }

  private int bindingEnd(String message) {
    if (!bound) {
      throw ScramException.malformed(
          "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.");
    }
    ScramAttributes attributes = new ScramAttributes(message, 0);
    String type = attributes.read('p');
    if (!type.equals(BINDING_TYPE)) {
      throw new ScramException(SqlState.PROTOCOL_VIOLATION, "unsupported SCRAM channel-binding type \"" + type + "\"", "");
    }
    return attributes.position() - 1;
  }

  /// `y` says that the client could, but was offered nothing: somebody in between has taken the offer away.
  private int unboundEnd(String message) {
    if (bound) {
      throw ScramException.malformed(
          "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.");
    }
    if (message.charAt(0) == 'y' && endPoint != null) {
      throw new ScramException(
          SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "SCRAM channel binding negotiation error",
          "The client supports SCRAM channel binding but thinks the server does not.  However, this server does support channel binding.");
    }
    return 1;
  }

  private static byte[] readProof(ScramAttributes attributes) {
    byte[] proof;
    try {
      proof = Base64.getDecoder().decode(attributes.readAny());
    } catch (IllegalArgumentException _) {
      throw ScramException.malformed("Malformed proof in client-final-message.");
    }
    if (proof.length != ScramKeys.KEY_BYTES) {
      throw ScramException.malformed("Malformed proof in client-final-message.");
    }
    if (attributes.hasNext()) {
      throw ScramException.malformed("Garbage found at the end of client-final-message.");
    }
    return proof;
  }

  private static String text(byte[] message) {
    if (message.length == 0) {
      throw ScramException.malformed("The message is empty.");
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(message)).toString();
    } catch (CharacterCodingException _) {
      throw ScramException.malformed("The message is not UTF-8.");
    }
  }

  private void require(State expected) {
    if (state != expected) {
      throw new IllegalStateException("state: " + state + " (expected: " + expected + ")");
    }
  }

  private static String newNonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] sha256(byte[] first, byte[] second) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(first);
      digest.update(second);
      return digest.digest();
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-256", impossible);
    }
  }
}
