package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.router.plan.Scattering;
import io.shardgate.router.plan.Scattering.Comparison;
import java.util.Comparator;
import java.util.List;

/// The order of rows that end with what they are ordered by, in hexadecimal digits. Immutable.
///
///     'D' int32 length | int16 n | n × ( int32 length or −1 | value )
final class RowOrder implements Comparator<ByteBuf> {
  private static final int COUNT_AT = 5;
  private static final int NULL = -1;

  /// Hexadecimal digits of an int16.
  private static final int SHORT_DIGITS = 4;

  private static final int NUMERIC_NEGATIVE = 0x4000;
  private static final int NUMERIC_NAN = 0xC000;
  private static final int NUMERIC_INFINITY = 0xD000;
  private static final int NUMERIC_MINUS_INFINITY = 0xF000;

  private final List<Scattering.Order> items;

  RowOrder(List<Scattering.Order> items) {
    this.items = items;
  }

  @Override
  public int compare(ByteBuf one, ByteBuf other) {
    int at = orderAt(one);
    int otherAt = orderAt(other);
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

  /// The row as the client gets it. Changes it.
  ByteBuf withoutOrder(ByteBuf row) {
    if (items.isEmpty()) {
      return row;
    }
    int end = orderAt(row);
    int begin = row.readerIndex();
    row.setInt(begin + 1, end - begin - 1).setShort(begin + COUNT_AT, row.getUnsignedShort(begin + COUNT_AT) - items.size());
    return row.slice(begin, end - begin);
  }

  private int orderAt(ByteBuf row) {
    int at = row.readerIndex() + COUNT_AT;
    int before = row.getUnsignedShort(at) - items.size();
    at += 2;
    for (int i = 0; i < before; i++) {
      at += 4 + Math.max(0, row.getInt(at));
    }
    return at;
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
