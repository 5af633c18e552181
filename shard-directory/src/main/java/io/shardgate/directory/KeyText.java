package io.shardgate.directory;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Text to shard key, by PostgreSQL's input functions (`int8in`, `uuid_in`, `textin`, `date_in`, `timestamp_in`, `timestamptz_in`,
/// `numeric_in`), as far as their answer does not depend on the session or the version.
public final class KeyText {
  /// Digits that a numeric key may have before and behind its point; more are left to PostgreSQL.
  private static final int MAX_NUMERIC_DIGITS = 1_000;

  private static final Pattern NUMERIC = Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,4})?");
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
      case BIGINT -> integer(stripped(utf8));
      case UUID -> uuid(new String(utf8, StandardCharsets.UTF_8));
      case DATE -> date(stripped(utf8));
      case TIMESTAMP -> timestamp(stripped(utf8), false);
      case TIMESTAMPTZ -> timestamp(stripped(utf8), true);
      case NUMERIC -> numeric(stripped(utf8));
    };
  }

  private static String stripped(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static Reading date(String text) {
    OptionalInt days = TimeText.date(text);
    return days.isPresent() ? new Reading.Key(new KeyValue.OfDate(days.getAsInt())) : UNKNOWN;
  }

  private static Reading timestamp(String text, boolean zoned) {
    OptionalLong micros = TimeText.timestamp(text, zoned);
    return micros.isPresent() ? new Reading.Key(new KeyValue.OfTimestamp(micros.getAsLong(), zoned)) : UNKNOWN;
  }

  /// A numeric as `numeric_in` and SQL itself write it in decimal digits.
  public static Reading numeric(String text) {
    KeyValue.SpecialNumeric special = specialNumeric(text);
    if (special != null) {
      return new Reading.Key(special);
    }
    if (text.length() > MAX_NUMERIC_DIGITS || !NUMERIC.matcher(text).matches()) {
      return UNKNOWN;
    }
    BigDecimal value = new BigDecimal(text);
    boolean small = value.scale() <= MAX_NUMERIC_DIGITS && value.precision() - value.scale() <= MAX_NUMERIC_DIGITS;
    return small ? new Reading.Key(new KeyValue.OfNumeric(value)) : UNKNOWN;
  }

  private static KeyValue.@Nullable SpecialNumeric specialNumeric(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "nan" -> KeyValue.SpecialNumeric.NAN;
      case "infinity", "+infinity", "inf", "+inf" -> KeyValue.SpecialNumeric.INFINITY;
      case "-infinity", "-inf" -> KeyValue.SpecialNumeric.MINUS_INFINITY;
      default -> null;
    };
  }

  /// `int8in`: white space around, one sign, digits. Hexadecimal and underscores came with PostgreSQL 16, so they are unknown.
  static Reading integer(String digits) {
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
