package io.shardgate.router.analyze;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Text to shard key, by PostgreSQL's input functions (`int8in`, `uuid_in`, `textin`).
public final class KeyText {
  private static final int LONG_DIGITS_MAX = 19;

  private KeyText() {}

  /// What a text is.
  public sealed interface Reading {
    /// That key.
    record Key(KeyValue value) implements Reading {}

    /// A number that no key equals. Where it is to be written, PostgreSQL rounds it or refuses it.
    record Beyond() implements Reading {}

    /// Not certain: PostgreSQL refuses it, or versions differ, or it is of another type next to others (`id IN ('1.0', 2.5)`).
    record Unknown() implements Reading {}
  }

  private static final Reading BEYOND = new Reading.Beyond();
  private static final Reading UNKNOWN = new Reading.Unknown();

  public static Reading read(KeyType type, byte[] utf8) {
    return switch (type) {
      case TEXT -> new Reading.Key(new KeyValue.OfText(utf8));
      case BIGINT -> integer(new String(utf8, StandardCharsets.UTF_8));
      case UUID -> uuid(new String(utf8, StandardCharsets.UTF_8));
    };
  }

  /// `varchar_input`, `varchar`: the first characters of a text, where only blanks stand behind them. A text with more behind them is no value of
  /// the type: every shard refuses it, so what it is cut to does not matter.
  ///
  /// @param characters the n of `varchar(n)`, 0 for no limit
  public static byte[] stored(byte[] utf8, int characters) {
    if (characters == 0 || utf8.length <= characters) {
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

  /// `int8in`: white space around, one sign, digits. Hexadecimal and underscores came with PostgreSQL 16, so they are unknown.
  static Reading integer(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    String digits = text.substring(from, to);
    if (isPlainInteger(digits)) {
      try {
        return new Reading.Key(new KeyValue.OfLong(Long.parseLong(digits)));
      } catch (NumberFormatException e) {
        return UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  private static boolean isPlainInteger(String digits) {
    int from = digits.startsWith("-") || digits.startsWith("+") ? 1 : 0;
    for (int i = from; i < digits.length(); i++) {
      if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
        return false;
      }
    }
    return digits.length() > from;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /// A number as written in SQL, with or without point and exponent: a key when it is whole.
  public static Reading number(String text) {
    try {
      BigDecimal value = new BigDecimal(text.replace("_", ""));
      if (value.stripTrailingZeros().scale() > 0 || (long) value.precision() - value.scale() > LONG_DIGITS_MAX) {
        return BEYOND;
      }
      return new Reading.Key(new KeyValue.OfLong(value.longValueExact()));
    } catch (NumberFormatException e) {
      return UNKNOWN;
    } catch (ArithmeticException e) {
      return BEYOND;
    }
  }

  /// `uuid_in`: 32 hexadecimal digits in either case, a hyphen allowed after each four of them, braces allowed around.
  static Reading uuid(String text) {
    boolean braces = text.startsWith("{");
    int at = braces ? 1 : 0;
    long hi = 0;
    long lo = 0;
    for (int digit = 0; digit < 32; digit++) {
      int value = at < text.length() ? hexDigit(text.charAt(at++)) : -1;
      if (value < 0) {
        return UNKNOWN;
      }
      if (digit < 16) {
        hi = (hi << 4) | value;
      } else {
        lo = (lo << 4) | value;
      }
      boolean mayHyphen = digit % 4 == 3 && digit < 31;
      if (mayHyphen && at < text.length() && text.charAt(at) == '-') {
        at++;
      }
    }
    boolean closed = !braces || (at < text.length() && text.charAt(at++) == '}');
    return closed && at == text.length() ? new Reading.Key(new KeyValue.OfUuid(hi, lo)) : UNKNOWN;
  }

  private static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
