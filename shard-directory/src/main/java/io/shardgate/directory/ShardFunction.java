package io.shardgate.directory;

/// PostgreSQL's own 64-bit hashes with seed 0, to the bit: `hashint8extended` (equal to `hashint4extended` and
/// `hashint2extended` for equal values, and to those of date, timestamp and timestamptz over their days and microseconds),
/// `hashtextextended` under a deterministic collation of a UTF-8 database, `uuid_hash_extended` and `hash_numeric_extended`. So a shard
/// can filter, count and delete by ring range by itself.
///
/// Bob Jenkins' lookup3 as PostgreSQL's `hash_bytes_extended` runs it on little-endian machines.
///
/// Hot path: allocates nothing, but for numerics.
public final class ShardFunction {
  private static final int START = 0x9e3779b9 + 3923095;

  private ShardFunction() {}

  public static long hash(KeyValue key) {
    return switch (key) {
      case KeyValue.OfLong k -> hashLong(k.value());
      case KeyValue.OfText k -> hashBytes(k.utf8(), 0, k.utf8().length);
      case KeyValue.OfUuid k -> hashUuid(k.hi(), k.lo());
      case KeyValue.OfDate k -> hashLong(k.days());
      case KeyValue.OfTimestamp k -> hashLong(k.micros());
      case KeyValue.OfNumeric k -> NumericDigits.of(k.value()).hash();
      case KeyValue.SpecialNumeric _ -> 0;
    };
  }

  /// `hashint8extended(value, 0)`.
  public static long hashLong(long value) {
    int low = (int) value;
    int high = (int) (value >> 32);
    int folded = low ^ (value >= 0 ? high : ~high);
    int start = START + Integer.BYTES;
    return finish(start + folded, start, start);
  }

  /// `uuid_hash_extended(uuid, 0)`.
  public static long hashUuid(long hi, long lo) {
    int a = START + 16;
    int b = a;
    int c = a;
    a += Integer.reverseBytes((int) (hi >>> 32));
    b += Integer.reverseBytes((int) hi);
    c += Integer.reverseBytes((int) (lo >>> 32));
    a -= c; a ^= Integer.rotateLeft(c, 4); c += b;
    b -= a; b ^= Integer.rotateLeft(a, 6); a += c;
    c -= b; c ^= Integer.rotateLeft(b, 8); b += a;
    a -= c; a ^= Integer.rotateLeft(c, 16); c += b;
    b -= a; b ^= Integer.rotateLeft(a, 19); a += c;
    c -= b; c ^= Integer.rotateLeft(b, 4); b += a;
    a += Integer.reverseBytes((int) lo);
    return finish(a, b, c);
  }

  /// `hashtextextended(text, 0)` of the text's bytes from `offset`.
  public static long hashBytes(byte[] bytes, int offset, int length) {
    int a = START + length;
    int b = a;
    int c = a;
    int at = offset;
    int left = length;
    while (left >= 12) {
      a += word(bytes, at);
      b += word(bytes, at + 4);
      c += word(bytes, at + 8);
      a -= c; a ^= Integer.rotateLeft(c, 4); c += b;
      b -= a; b ^= Integer.rotateLeft(a, 6); a += c;
      c -= b; c ^= Integer.rotateLeft(b, 8); b += a;
      a -= c; a ^= Integer.rotateLeft(c, 16); c += b;
      b -= a; b ^= Integer.rotateLeft(a, 19); a += c;
      c -= b; c ^= Integer.rotateLeft(b, 4); b += a;
      at += 12;
      left -= 12;
    }
    a += tail(bytes, at, Math.min(left, 4));
    b += tail(bytes, at + 4, Math.clamp(left - 4, 0, 4));
    // The lowest byte of c is left to the length, so what comes last starts one byte higher.
    c += tail(bytes, at + 8, Math.max(left - 8, 0)) << 8;
    return finish(a, b, c);
  }

  private static int word(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16 | bytes[at + 3] << 24;
  }

  private static int tail(byte[] bytes, int at, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes[at + i] & 0xff) << (8 * i);
    }
    return value;
  }

  private static long finish(int a, int b, int c) {
    c ^= b; c -= Integer.rotateLeft(b, 14);
    a ^= c; a -= Integer.rotateLeft(c, 11);
    b ^= a; b -= Integer.rotateLeft(a, 25);
    c ^= b; c -= Integer.rotateLeft(b, 16);
    a ^= c; a -= Integer.rotateLeft(c, 4);
    b ^= a; b -= Integer.rotateLeft(a, 14);
    c ^= b; c -= Integer.rotateLeft(b, 24);
    return (long) b << 32 | Integer.toUnsignedLong(c);
  }
}
