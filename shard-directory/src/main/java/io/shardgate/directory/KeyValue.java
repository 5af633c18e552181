package io.shardgate.directory;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/// One value of a shard key; never NULL. Values of one type are ordered by [KeyOrder]; `toString` is what [KeyText] reads.
public sealed interface KeyValue {
  /// The key type whose groups take this value.
  KeyType type();

  /// smallint, integer or bigint.
  record OfLong(long value) implements KeyValue {
    @Override
    public KeyType type() {
      return KeyType.BIGINT;
    }

    @Override
    public String toString() {
      return Long.toString(value);
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

  /// date, as PostgreSQL keeps it: days since 2000-01-01; the ends of the int range are the infinities.
  record OfDate(int days) implements KeyValue {
    public static final int INFINITY = Integer.MAX_VALUE;
    public static final int MINUS_INFINITY = Integer.MIN_VALUE;

    @Override
    public KeyType type() {
      return KeyType.DATE;
    }

    @Override
    public String toString() {
      return TimeText.date(days);
    }
  }

  /// timestamp or timestamptz, as PostgreSQL keeps them: microseconds since 2000-01-01 00:00 (UTC, where it has a zone); the ends of the
  /// long range are the infinities.
  record OfTimestamp(long micros, boolean zoned) implements KeyValue {
    public static final long INFINITY = Long.MAX_VALUE;
    public static final long MINUS_INFINITY = Long.MIN_VALUE;

    @Override
    public KeyType type() {
      return zoned ? KeyType.TIMESTAMPTZ : KeyType.TIMESTAMP;
    }

    @Override
    public String toString() {
      return TimeText.timestamp(micros, zoned);
    }
  }

  /// numeric by value: trailing zeros are no part of it.
  record OfNumeric(BigDecimal value) implements KeyValue {
    public OfNumeric {
      value = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    }

    @Override
    public KeyType type() {
      return KeyType.NUMERIC;
    }

    @Override
    public String toString() {
      return value.toPlainString();
    }
  }

  /// What numeric has beside numbers, in PostgreSQL's order: NaN is equal to itself and above all.
  enum SpecialNumeric implements KeyValue {
    MINUS_INFINITY("-Infinity"),
    INFINITY("Infinity"),
    NAN("NaN");

    private final String text;

    SpecialNumeric(String text) {
      this.text = text;
    }

    @Override
    public KeyType type() {
      return KeyType.NUMERIC;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
