package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.router.plan.Scattering;
import io.shardgate.router.plan.Scattering.Comparison;
import java.util.List;

/// The order of rows that end with what they are ordered by, in hexadecimal digits. Immutable.
///
///     'D' int32 length | int16 n | n × ( int32 length or −1 | value )
final class RowOrder {
  private static final int COUNT_AT = 5;
  private static final int NULL = -1;

  /// Hexadecimal digits of an int16, of an int64.
  private static final int SHORT_DIGITS = 4;
  private static final int LONG_DIGITS = 16;

  private static final int BITS_OF_DIGIT = 4;

  private static final int NUMERIC_NEGATIVE = 0x4000;
  private static final int NUMERIC_NAN = 0xC000;
  private static final int NUMERIC_INFINITY = 0xD000;
  private static final int NUMERIC_MINUS_INFINITY = 0xF000;

  private final List<Scattering.Order> items;

  RowOrder(List<Scattering.Order> items) {
    this.items = items;
  }

  /// Where a row's columns of order begin.
  ///
  /// @param at where the row does
  int orderAt(ByteBuf bytes, int at) {
    int columns = bytes.getUnsignedShort(at + COUNT_AT) - items.size();
    int next = at + COUNT_AT + 2;
    for (int i = 0; i < columns; i++) {
      next += 4 + Math.max(0, bytes.getInt(next));
    }
    return next;
  }

  /// A number by which many rows can be told apart without a look at them: where one row's is less by [Long#compareUnsigned], it comes first or they are
  /// equal in `rank`, too.
  ///
  /// @param orderAt see [#orderAt]
  long key(ByteBuf bytes, int orderAt) {
    if (items.isEmpty() || bytes.getInt(orderAt) == NULL) {
      return 0;
    }
    Scattering.Order item = items.getFirst();
    long key = switch (item.comparison()) {
      case BYTES -> digits(bytes, orderAt + 4, bytes.getInt(orderAt));
      case SIGNED -> digits(bytes, orderAt + 4, bytes.getInt(orderAt)) ^ Long.MIN_VALUE; // all values have as many digits
      case NUMERIC -> 0;
    };
    return item.descending() ? ~key : key;
  }

  /// What comes before the key: 0 for NULLs that come first, 1 for values, 2 for NULLs that come last.
  int rank(ByteBuf bytes, int orderAt) {
    if (items.isEmpty() || bytes.getInt(orderAt) != NULL) {
      return 1;
    }
    return items.getFirst().nullsFirst() ? 0 : 2;
  }

  /// The first 16 digits as a number; missing ones count as 0.
  private static long digits(ByteBuf bytes, int at, int length) {
    long value = 0;
    int count = Math.min(length, LONG_DIGITS);
    for (int i = 0; i < count; i++) {
      value = (value << BITS_OF_DIGIT) | digit(bytes.getByte(at + i));
    }
    return count == 0 ? 0 : value << ((LONG_DIGITS - count) * BITS_OF_DIGIT);
  }

  /// PostgreSQL's `encode` writes a to f in small letters.
  private static int digit(byte character) {
    return character <= '9' ? character - '0' : character - 'a' + 10;
  }

  /// @param orderAt of one row
  /// @param otherOrderAt of the other
  int compare(ByteBuf one, int orderAt, ByteBuf other, int otherOrderAt) {
    int at = orderAt;
    int otherAt = otherOrderAt;
    for (Scattering.Order item : items) {
      int length = one.getInt(at);
      int otherLength = other.getInt(otherAt);
      int result = compare(item, one.slice(at + 4, Math.max(0, length)), length, other.slice(otherAt + 4, Math.max(0, otherLength)), otherLength);
      if (result != 0) {
        return result;
      }
      at += 4 + Math.max(0, length);
      otherAt += 4 + Math.max(0, otherLength);
    }
    return 0;
  }

  /// Makes of a row what the client gets. Changes it.
  ///
  /// @return how long that is
  int cut(ByteBuf bytes, int at, int orderAt) {
    bytes.setInt(at + 1, orderAt - at - 1).setShort(at + COUNT_AT, bytes.getUnsignedShort(at + COUNT_AT) - items.size());
    return orderAt - at;
  }

  private static int compare(Scattering.Order item, ByteBuf one, int length, ByteBuf other, int otherLength) {
    if (length == NULL || otherLength == NULL) {
      int nulls = Boolean.compare(otherLength == NULL, length == NULL);
      return item.nullsFirst() ? nulls : -nulls;
    }
    int result = compare(item.comparison(), one, other);
    return item.descending() ? -result : result;
  }

  private static int compare(Comparison comparison, ByteBuf one, ByteBuf other) {
    return switch (comparison) {
      case BYTES -> one.compareTo(other);
      case SIGNED -> {
        boolean negative = isNegative(one);
        yield negative == isNegative(other) ? one.compareTo(other) : negative ? -1 : 1;
      }
      case NUMERIC -> compareNumerics(one, other);
    };
  }

  private static boolean isNegative(ByteBuf digits) {
    return digits.getByte(digits.readerIndex()) >= '8';
  }

  /// int16 count of digits | int16 weight of the first | int16 sign | int16 scale | digits of four decimals.
  private static int compareNumerics(ByteBuf one, ByteBuf other) {
    int rank = rank(one);
    int otherRank = rank(other);
    if (rank != otherRank || rank == 0 || Math.abs(rank) > 1) {
      return Integer.compare(rank, otherRank);
    }
    return rank * compareMagnitudes(one, other);
  }

  /// −∞, less than 0, 0, more than 0, ∞, NaN: PostgreSQL's NaN is above all.
  private static int rank(ByteBuf numeric) {
    int sign = number(numeric, 2);
    return switch (sign) {
      case NUMERIC_NAN -> 3;
      case NUMERIC_INFINITY -> 2;
      case NUMERIC_MINUS_INFINITY -> -2;
      default -> number(numeric, 0) == 0 ? 0 : sign == NUMERIC_NEGATIVE ? -1 : 1;
    };
  }

  private static int compareMagnitudes(ByteBuf one, ByteBuf other) {
    int weight = Short.compare((short) number(one, 1), (short) number(other, 1));
    int count = number(one, 0);
    int otherCount = number(other, 0);
    for (int i = 0; weight == 0 && i < Math.max(count, otherCount); i++) {
      weight = Integer.compare(i < count ? number(one, 4 + i) : 0, i < otherCount ? number(other, 4 + i) : 0);
    }
    return weight;
  }

  /// The int16 at a place, without a sign.
  private static int number(ByteBuf digits, int place) {
    int value = 0;
    int at = digits.readerIndex() + place * SHORT_DIGITS;
    for (int i = 0; i < SHORT_DIGITS; i++) {
      value = (value << 4) | Character.digit(digits.getByte(at + i), 16);
    }
    return value;
  }
}
