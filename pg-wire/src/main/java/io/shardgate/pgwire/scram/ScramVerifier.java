package io.shardgate.pgwire.scram;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a server keeps of a password, in `pg_authid.rolpassword`: enough to check a login, not enough to make one.
/// Immutable. Prints as `***`; [#text] is the stored form:
///
///     SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>        the last three in base64
public final class ScramVerifier {
  /// How often PostgreSQL hashes a password unless told otherwise.
  public static final int DEFAULT_ITERATIONS = 4096;

  /// The length of PostgreSQL's salts.
  public static final int SALT_BYTES = 16;

  private static final ScramMechanism MECHANISM = ScramKeys.MECHANISM;
  private static final Pattern FORM =
      Pattern.compile("SCRAM-SHA-256\\$(\\d{1,10}):([A-Za-z0-9+/=]+)\\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)");

  private final int iterations;
  private final byte[] salt;
  private final byte[] storedKey;
  private final byte[] serverKey;

  ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    this.iterations = iterations;
    this.salt = salt;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  /// A new verifier with a random salt. Slow on purpose: milliseconds.
  public static ScramVerifier of(String password) {
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    return of(password, salt, DEFAULT_ITERATIONS);
  }

  /// The verifier that PostgreSQL makes of this password with this salt: the password is normalised by SASLprep where that
  /// is possible, and taken as it is where not. Throws [IllegalArgumentException] for an empty password.
  public static ScramVerifier of(String password, byte[] salt, int iterations) {
    if (password.isEmpty()) {
      throw new IllegalArgumentException("password: empty (expected: at least one character)");
    }
    byte[] salted =
        ScramFunctions.saltedPassword(
            MECHANISM, StringPreparation.POSTGRESQL_PREPARATION, password.toCharArray(), salt, iterations);
    byte[] storedKey = ScramFunctions.storedKey(MECHANISM, ScramFunctions.clientKey(MECHANISM, salted));
    return new ScramVerifier(
        iterations, salt.clone(), storedKey, ScramFunctions.serverKey(MECHANISM, salted));
  }

  /// Reads a stored form; empty when it is another one (`md5…`) or broken.
  public static Optional<ScramVerifier> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    try {
      int iterations = Integer.parseInt(form.group(1));
      byte[] salt = Base64.getDecoder().decode(form.group(2));
      byte[] storedKey = Base64.getDecoder().decode(form.group(3));
      byte[] serverKey = Base64.getDecoder().decode(form.group(4));
      return iterations > 0 && storedKey.length == ScramKeys.KEY_BYTES && serverKey.length == ScramKeys.KEY_BYTES
          ? Optional.of(new ScramVerifier(iterations, salt, storedKey, serverKey))
          : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// The stored form.
  public String text() {
    Base64.Encoder base64 = Base64.getEncoder();
    return "SCRAM-SHA-256$%d:%s$%s:%s"
        .formatted(
            iterations,
            base64.encodeToString(salt),
            base64.encodeToString(storedKey),
            base64.encodeToString(serverKey));
  }

  public int iterations() {
    return iterations;
  }

  public byte[] salt() {
    return salt.clone();
  }

  byte[] storedKey() {
    return storedKey;
  }

  byte[] serverKey() {
    return serverKey;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramVerifier that && text().equals(that.text());
  }

  @Override
  public int hashCode() {
    return text().hashCode();
  }

  @Override
  public String toString() {
    return "ScramVerifier[***]";
  }
}
