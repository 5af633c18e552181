package io.shardgate.pgwire.scram;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import java.security.MessageDigest;
import java.util.Arrays;

/// What logs a role in to any server that has its verifier: stands for the password, but only with that salt.
/// Immutable. Equal by content; a secret, so it prints as `***`.
public final class ScramKeys {
  static final ScramMechanism MECHANISM = ScramMechanism.SCRAM_SHA_256;

  /// Length of each key.
  public static final int KEY_BYTES = 32;

  private final byte[] clientKey;
  private final byte[] serverKey;

  /// Copies both keys, each of [#KEY_BYTES].
  public ScramKeys(byte[] clientKey, byte[] serverKey) {
    if (clientKey.length != KEY_BYTES || serverKey.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "keys of %d and %d bytes (expected: 32 each)".formatted(clientKey.length, serverKey.length));
    }
    this.clientKey = clientKey.clone();
    this.serverKey = serverKey.clone();
  }

  /// The keys that this password has with a verifier's salt. Slow on purpose: milliseconds.
  public static ScramKeys of(String password, ScramVerifier verifier) {
    byte[] salted =
        ScramFunctions.saltedPassword(
            MECHANISM, StringPreparation.POSTGRESQL_PREPARATION, password.toCharArray(), verifier.salt(), verifier.iterations());
    return new ScramKeys(ScramFunctions.clientKey(MECHANISM, salted), ScramFunctions.serverKey(MECHANISM, salted));
  }

  public byte[] clientKey() {
    return clientKey.clone();
  }

  public byte[] serverKey() {
    return serverKey.clone();
  }

  /// Whether a server with this verifier would let these keys in: false once the role's password was changed.
  public boolean matches(ScramVerifier verifier) {
    return MessageDigest.isEqual(ScramFunctions.storedKey(MECHANISM, clientKey), verifier.storedKey())
        && MessageDigest.isEqual(serverKey, verifier.serverKey());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramKeys that
        && MessageDigest.isEqual(clientKey, that.clientKey)
        && MessageDigest.isEqual(serverKey, that.serverKey);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(serverKey);
  }

  @Override
  public String toString() {
    return "ScramKeys[***]";
  }
}
