package io.shardgate.directory;

import java.math.BigDecimal;
import java.math.BigInteger;

/// A number as PostgreSQL keeps it (`numeric.c`): digits of base 10,000 without zeros at either end, the first of them worth 10,000 to
/// the power of `weight`. Immutable.
///
/// @param digits two bytes each, little-endian
@SuppressWarnings("ArrayRecordComponent") // never compared, never shown
record NumericDigits(byte[] digits, int weight) {
  private static final int DIGITS_PER_PLACE = 4;
  private static final BigInteger BASE = BigInteger.valueOf(10_000);

  static NumericDigits of(BigDecimal value) {
    int places = Math.ceilDiv(Math.max(value.scale(), 0), DIGITS_PER_PLACE);
    BigInteger rest = value.abs().movePointRight(places * DIGITS_PER_PLACE).toBigIntegerExact();
    int lowest = -places;
    while (rest.signum() != 0 && rest.mod(BASE).signum() == 0) {
      rest = rest.divide(BASE);
      lowest++;
    }
    int count = 0;
    for (BigInteger left = rest; left.signum() != 0; left = left.divide(BASE)) {
      count++;
    }
    byte[] digits = new byte[2 * count];
    for (int i = count - 1; i >= 0; i--) {
      BigInteger[] parts = rest.divideAndRemainder(BASE);
      int digit = parts[1].intValue();
      digits[2 * i] = (byte) digit;
      digits[2 * i + 1] = (byte) (digit >> 8);
      rest = parts[0];
    }
    return new NumericDigits(digits, lowest + count - 1);
  }

  /// `hash_numeric_extended(…, 0)`; the sign is no part of it.
  long hash() {
    return digits.length == 0 ? -1 : ShardFunction.hashBytes(digits, 0, digits.length) ^ weight;
  }
}
