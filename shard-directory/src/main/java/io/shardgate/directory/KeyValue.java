package io.shardgate.directory;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/// One value of a shard key; never NULL.
public sealed interface KeyValue {
  /// The key type whose groups take this value.
  KeyType type();

  /// smallint, integer or bigint.
  record OfLong(long value) implements KeyValue {
    @Override
    public KeyType type() {
      return KeyType.BIGINT;
    }
  }

  /// text or varchar: the bytes as the shard stores them, UTF-8. The array is not copied and must not be changed.
  @SuppressWarnings("ArrayRecordComponent") // compared by content below; copying it would cost the hot path
  record OfText(byte[] utf8) implements KeyValue {
    public static OfText of(String text) {
      return new OfText(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public KeyType type() {
      return KeyType.TEXT;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OfText that && Arrays.equals(utf8, that.utf8);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(utf8);
    }

    @Override
    public String toString() {
      return new String(utf8, StandardCharsets.UTF_8);
    }
  }

  /// uuid: the first eight bytes in `hi`, the last eight in `lo`, both big-endian.
  record OfUuid(long hi, long lo) implements KeyValue {
    public static OfUuid of(UUID uuid) {
      return new OfUuid(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    @Override
    public KeyType type() {
      return KeyType.UUID;
    }

    @Override
    public String toString() {
      return new UUID(hi, lo).toString();
    }
  }
}
