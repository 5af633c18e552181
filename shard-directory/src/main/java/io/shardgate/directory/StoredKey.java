package io.shardgate.directory;

import java.math.RoundingMode;
import java.util.Arrays;

/// A key as its column keeps it: a type modifier (`pg_attribute.atttypmod`) cuts or rounds what is stored, and the stored value is what the
/// shard hashes and compares.
public final class StoredKey {
  /// No modifier.
  public static final int NO_TYPMOD = -1;

  /// `VARHDRSZ`: modifiers of varchar and numeric count it.
  private static final int HEADER = 4;

  private static final int SCALE_BITS = 11;
  private static final int MAX_TIMESTAMP_PRECISION = 6;

  private StoredKey() {}

  /// What the column keeps of a value that is assigned to it. A value that the column refuses (too long, out of range) gives anything: every
  /// shard answers with the same error.
  public static KeyValue of(KeyValue key, int typmod) {
    if (typmod < 0) {
      return key;
    }
    return switch (key) {
      case KeyValue.OfText(byte[] utf8) -> new KeyValue.OfText(cut(utf8, typmod - HEADER));
      case KeyValue.OfTimestamp(long micros, boolean zoned) -> new KeyValue.OfTimestamp(rounded(micros, typmod), zoned);
      case KeyValue.OfNumeric(var value) -> new KeyValue.OfNumeric(value.setScale(scale(typmod - HEADER), RoundingMode.HALF_UP));
      case KeyValue.OfLong _, KeyValue.OfUuid _, KeyValue.OfDate _, KeyValue.SpecialNumeric _ -> key;
    };
  }

  /// `varchar`: the first characters of a text, where only blanks stand behind them.
  static byte[] cut(byte[] utf8, int characters) {
    if (characters <= 0 || utf8.length <= characters) {
      return utf8;
    }
    int left = characters;
    int end = 0;
    while (end < utf8.length && (left > 0 || isContinuation(utf8[end]))) {
      left -= isContinuation(utf8[end]) ? 0 : 1;
      end++;
    }
    return end == utf8.length ? utf8 : Arrays.copyOf(utf8, end);
  }

  private static boolean isContinuation(byte utf8) {
    return (utf8 & 0xc0) == 0x80;
  }

  /// `AdjustTimestampForTypmod`: half away from 2000-01-01.
  private static long rounded(long micros, int precision) {
    if (precision >= MAX_TIMESTAMP_PRECISION || micros == KeyValue.OfTimestamp.INFINITY || micros == KeyValue.OfTimestamp.MINUS_INFINITY) {
      return micros;
    }
    long unit = 1;
    for (int digit = precision; digit < MAX_TIMESTAMP_PRECISION; digit++) {
      unit *= 10;
    }
    long away = micros >= 0 ? micros + unit / 2 : micros - unit / 2;
    return away / unit * unit;
  }

  /// The scale's bits are signed since PostgreSQL 15.
  private static int scale(int packed) {
    return packed << (Integer.SIZE - SCALE_BITS) >> (Integer.SIZE - SCALE_BITS);
  }
}
