package io.shardgate.directory;

import java.util.Arrays;
import java.util.Comparator;

/// PostgreSQL's order of the keys of one type (`btint8cmp`, `uuid_cmp`, `date_cmp`, `timestamp_cmp`, `numeric_cmp`; text by its bytes, as
/// under collation C). Immutable.
public final class KeyOrder implements Comparator<KeyValue> {
  public static final KeyOrder INSTANCE = new KeyOrder();

  private KeyOrder() {}

  /// Throws [IllegalArgumentException] for keys of two types.
  @Override
  public int compare(KeyValue left, KeyValue right) {
    return switch (left) {
      case KeyValue.OfLong(long a) when right instanceof KeyValue.OfLong(long b) -> Long.compare(a, b);
      case KeyValue.OfText(byte[] a) when right instanceof KeyValue.OfText(byte[] b) -> Arrays.compareUnsigned(a, b);
      case KeyValue.OfUuid(long hi, long lo) when right instanceof KeyValue.OfUuid(long otherHi, long otherLo) ->
          hi != otherHi ? Long.compareUnsigned(hi, otherHi) : Long.compareUnsigned(lo, otherLo);
      case KeyValue.OfDate(int a) when right instanceof KeyValue.OfDate(int b) -> Integer.compare(a, b);
      case KeyValue.OfTimestamp(long a, boolean zoned) when right instanceof KeyValue.OfTimestamp(long b, boolean otherZoned) && zoned == otherZoned ->
          Long.compare(a, b);
      case KeyValue.OfNumeric number when right.type() == KeyType.NUMERIC -> numeric(number, right);
      case KeyValue.SpecialNumeric special when right.type() == KeyType.NUMERIC -> numeric(special, right);
      default -> throw new IllegalArgumentException("key type: " + right.type() + " (expected: " + left.type() + ")");
    };
  }

  private static int numeric(KeyValue left, KeyValue right) {
    if (left instanceof KeyValue.OfNumeric(var a) && right instanceof KeyValue.OfNumeric(var b)) {
      return a.compareTo(b);
    }
    return Integer.compare(rank(left), rank(right));
  }

  /// Where a value stands among the specials: numbers between the infinities.
  private static int rank(KeyValue value) {
    return switch (value) {
      case KeyValue.SpecialNumeric.MINUS_INFINITY -> -1;
      case KeyValue.SpecialNumeric.INFINITY -> 1;
      case KeyValue.SpecialNumeric.NAN -> 2;
      default -> 0;
    };
  }
}
