package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/// The secret that a CancelRequest has to name: 4 bytes in protocol 3.0, 4 to 256 since 3.2 (PostgreSQL docs, "BackendKeyData"). Immutable.
///
/// Two are compared in a time that tells nothing of where they differ.
public final class CancelKey {
  /// What protocol 3.0 has room for.
  public static final int SHORT_BYTES = 4;

  /// What PostgreSQL gives to a client of protocol 3.2.
  public static final int LONG_BYTES = 32;

  /// The most that a key may have.
  public static final int BYTES_MAX = 256;

  private final byte[] bytes;

  private CancelKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Throws [MalformedMessageException] for one that is too short or too long.
  public static CancelKey of(byte[] bytes) {
    if (bytes.length < SHORT_BYTES || bytes.length > BYTES_MAX) {
      throw new MalformedMessageException("invalid length of cancel key");
    }
    return new CancelKey(bytes.clone());
  }

  /// One that nobody can guess.
  public static CancelKey random(SecureRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return of(bytes);
  }

  int length() {
    return bytes.length;
  }

  void write(ByteBuf out) {
    out.writeBytes(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CancelKey key && MessageDigest.isEqual(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Says nothing of the key.
  @Override
  public String toString() {
    return "***";
  }
}
