package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.router.KeyReader.Keys;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads one value in PostgreSQL's binary format (`int8send`, `uuid_send`, `date_send`, `timestamp_send`, `numeric_send`) as a shard key;
/// texts are left to the caller, who knows their encoding.
final class BinaryKey {
  static final int INT2 = 21;
  static final int INT4 = 23;
  static final int INT8 = 20;
  static final int NUMERIC = 1700;
  static final int UUID = 2950;
  static final int DATE = 1082;
  static final int TIMESTAMP = 1114;
  static final int TIMESTAMPTZ = 1184;

  private static final int NUMERIC_HEADER_BYTES = 8;
  private static final int NEGATIVE = 0x4000;
  private static final int MINUS_INFINITY = 0xf000;
  private static final int INFINITY = 0xd000;
  private static final int NAN = 0xc000;
  private static final int DIGITS_PER_PLACE = 4;
  private static final int LONG_DIGITS_MAX = 19;

  /// A number with more places is left to PostgreSQL.
  private static final int MAX_PLACES = 250;

  private BinaryKey() {}

  /// @param oid the value's type; one that does not compare with the key type as itself gives [Keys.Unknown]
  static Keys read(byte[] value, int oid, KeyType type) {
    return switch (type) {
      case BIGINT -> isInteger(oid) ? integer(value) : oid == NUMERIC ? whole(numeric(value)) : KeyReader.UNKNOWN;
      case NUMERIC -> oid == NUMERIC ? known(numeric(value)) : isInteger(oid) ? number(integer(value)) : KeyReader.UNKNOWN;
      case UUID -> oid == UUID ? uuid(value) : KeyReader.UNKNOWN;
      case DATE -> oid == DATE ? date(value) : KeyReader.UNKNOWN;
      case TIMESTAMP -> oid == TIMESTAMP ? timestamp(value, false) : KeyReader.UNKNOWN;
      case TIMESTAMPTZ -> oid == TIMESTAMPTZ ? timestamp(value, true) : KeyReader.UNKNOWN;
      case TEXT -> KeyReader.UNKNOWN;
    };
  }

  static boolean isInteger(int oid) {
    return oid == INT2 || oid == INT4 || oid == INT8;
  }

  private static Keys known(@Nullable KeyValue key) {
    return key == null ? KeyReader.UNKNOWN : new Keys.Known(List.of(key));
  }

  private static Keys integer(byte[] value) {
    ByteBuffer buffer = ByteBuffer.wrap(value);
    return switch (value.length) {
      case 2 -> known(new KeyValue.OfLong(buffer.getShort()));
      case 4 -> known(new KeyValue.OfLong(buffer.getInt()));
      case 8 -> known(new KeyValue.OfLong(buffer.getLong()));
      default -> KeyReader.UNKNOWN;
    };
  }

  /// An integer as the number that it is.
  private static Keys number(Keys integer) {
    return integer instanceof Keys.Known(List<KeyValue> values) && values.getFirst() instanceof KeyValue.OfLong(long value)
        ? known(new KeyValue.OfNumeric(BigDecimal.valueOf(value)))
        : integer;
  }

  /// A number as the integer that is equal to it.
  private static Keys whole(@Nullable KeyValue number) {
    if (!(number instanceof KeyValue.OfNumeric(BigDecimal value))) {
      return KeyReader.UNKNOWN;
    }
    if (value.scale() > 0 || value.precision() - value.scale() > LONG_DIGITS_MAX) {
      return KeyReader.BEYOND;
    }
    BigInteger whole = value.toBigIntegerExact();
    return whole.bitLength() > 63 ? KeyReader.BEYOND : known(new KeyValue.OfLong(whole.longValue()));
  }

  private static Keys uuid(byte[] value) {
    if (value.length != 16) {
      return KeyReader.UNKNOWN;
    }
    ByteBuffer buffer = ByteBuffer.wrap(value);
    return known(new KeyValue.OfUuid(buffer.getLong(), buffer.getLong()));
  }

  private static Keys date(byte[] value) {
    return value.length == 4 ? known(new KeyValue.OfDate(ByteBuffer.wrap(value).getInt())) : KeyReader.UNKNOWN;
  }

  private static Keys timestamp(byte[] value, boolean zoned) {
    return value.length == 8 ? known(new KeyValue.OfTimestamp(ByteBuffer.wrap(value).getLong(), zoned)) : KeyReader.UNKNOWN;
  }

  /// Count, weight of the first, sign and display scale, then digits of base 10,000; null when it is not certain.
  private static @Nullable KeyValue numeric(byte[] value) {
    if (value.length < NUMERIC_HEADER_BYTES) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(value);
    int digits = buffer.getShort();
    int weight = buffer.getShort();
    int sign = buffer.getShort() & 0xffff;
    buffer.getShort();
    if (digits < 0 || digits * 2 != buffer.remaining() || digits > MAX_PLACES || Math.abs(weight) > MAX_PLACES) {
      return null;
    }
    return switch (sign) {
      case 0, NEGATIVE -> number(buffer, digits, weight, sign == NEGATIVE);
      case NAN -> KeyValue.SpecialNumeric.NAN;
      case INFINITY -> KeyValue.SpecialNumeric.INFINITY;
      case MINUS_INFINITY -> KeyValue.SpecialNumeric.MINUS_INFINITY;
      default -> null;
    };
  }

  private static KeyValue number(ByteBuffer buffer, int digits, int weight, boolean negative) {
    BigInteger unscaled = BigInteger.ZERO;
    for (int i = 0; i < digits; i++) {
      unscaled = unscaled.multiply(BigInteger.valueOf(10_000)).add(BigInteger.valueOf(buffer.getShort()));
    }
    BigDecimal value = new BigDecimal(negative ? unscaled.negate() : unscaled, (digits - 1 - weight) * DIGITS_PER_PLACE);
    return new KeyValue.OfNumeric(value);
  }
}
