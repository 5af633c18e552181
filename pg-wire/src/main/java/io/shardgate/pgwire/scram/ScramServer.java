package io.shardgate.pgwire.scram;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.ongres.scram.common.ScramFunctions;
import io.shardgate.pgwire.SqlState;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

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
/// Costs three hashes, no key derivation.
public final class ScramServer {
  /// The mechanism's name in AuthenticationSASL.
  public static final String MECHANISM_NAME = "SCRAM-SHA-256";

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
  private State state = State.EXPECTS_FIRST;
  private String clientFirstBare = "";
  private String channelBinding = "";
  private String nonce = "";
  private String serverFirst = "";

  ScramServer(ScramVerifier verifier, boolean doomed, String serverNonce) {
    this.verifier = verifier;
    this.doomed = doomed;
    this.serverNonce = serverNonce;
  }

  /// A login of a role that has this verifier.
  public static ScramServer against(ScramVerifier verifier) {
    return new ScramServer(verifier, false, newNonce());
  }

  /// A login of a role that does not exist or has no SCRAM verifier: goes the same way and fails at its end. The salt it
  /// shows depends on nothing but the name and `secret`, as a real role's would, so that asking twice tells nothing.
  public static ScramServer againstNobody(String role, byte[] secret) {
    byte[] salt = Arrays.copyOf(sha256(role.getBytes(UTF_8), secret), ScramVerifier.SALT_BYTES);
    byte[] nothing = new byte[ScramKeys.KEY_BYTES];
    ScramVerifier mock = new ScramVerifier(ScramVerifier.DEFAULT_ITERATIONS, salt, nothing, nothing);
    return new ScramServer(mock, true, newNonce());
  }

  /// Takes the client-first-message and gives the server-first-message. Throws [ScramException].
  public byte[] first(byte[] clientFirst) {
    require(State.EXPECTS_FIRST);
    state = State.ENDED;
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

  /// Takes the client-final-message. Throws [ScramException] when it is none.
  public Outcome finish(byte[] clientFinal) {
    require(State.EXPECTS_FINAL);
    state = State.ENDED;
    String message = text(clientFinal);
    ScramAttributes attributes = new ScramAttributes(message, 0);
    String expectedBinding = Base64.getEncoder().encodeToString(channelBinding.getBytes(UTF_8));
    if (!attributes.read('c').equals(expectedBinding)) {
      throw new ScramException(
          SqlState.PROTOCOL_VIOLATION,
          "unexpected SCRAM channel-binding attribute in client-final-message",
          "");
    }
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

  /// The GS2 header, `n,,` or `y,,`.
  private static String readHeader(String message) {
    char flag = message.charAt(0);
    if (flag == 'p') {
      throw ScramException.malformed(
          "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel"
              + " binding data.");
    }
    if (flag != 'n' && flag != 'y') {
      throw ScramException.malformed(
          "Unexpected channel-binding flag \"" + ScramAttributes.printable(flag) + "\".");
    }
    if (message.startsWith("a", 2)) {
      throw new ScramException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "client uses authorization identity, but it is not supported",
          "");
    }
    if (!message.startsWith(",,", 1)) {
      throw ScramException.malformed("Comma expected after the channel-binding flag and the authorization identity.");
    }
    return message.substring(0, 3);
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
