package io.shardgate.directory;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Dates and timestamps in the one spelling that every DateStyle reads alike: ISO 8601 with a year of four digits, and the infinities.
///
/// PostgreSQL reads many more spellings ("Date/Time Input" in its documentation); what they mean depends on the session, so that they are
/// left to it. Days and microseconds count from 2000-01-01, as PostgreSQL's do.
final class TimeText {
  private static final long EPOCH_DAY = LocalDate.of(2000, 1, 1).toEpochDay();
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;
  private static final String DATE = "([0-9]{4})-([0-9]{2})-([0-9]{2})";
  private static final Pattern DATE_ONLY = Pattern.compile(DATE);
  private static final Pattern DATE_AND_TIME =
      Pattern.compile(DATE + "(?:[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,6}))?)? ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?");

  private TimeText() {}

  /// Days since 2000-01-01.
  static OptionalInt date(String text) {
    if (isInfinity(text)) {
      return OptionalInt.of(text.startsWith("-") ? KeyValue.OfDate.MINUS_INFINITY : KeyValue.OfDate.INFINITY);
    }
    Matcher matcher = DATE_ONLY.matcher(text);
    return matcher.matches() ? day(matcher) : OptionalInt.empty();
  }

  /// Microseconds since 2000-01-01 00:00; of a zoned one only where the text says its zone, of another only where it says none.
  static OptionalLong timestamp(String text, boolean zoned) {
    if (isInfinity(text)) {
      return OptionalLong.of(text.startsWith("-") ? KeyValue.OfTimestamp.MINUS_INFINITY : KeyValue.OfTimestamp.INFINITY);
    }
    Matcher matcher = DATE_AND_TIME.matcher(text);
    if (!matcher.matches() || zoned != (matcher.group(8) != null)) {
      return OptionalLong.empty();
    }
    OptionalInt day = day(matcher);
    int hour = number(matcher.group(4));
    int minute = number(matcher.group(5));
    int second = number(matcher.group(6));
    if (day.isEmpty() || hour > 23 || minute > 59 || second > 59) {
      return OptionalLong.empty();
    }
    String fraction = matcher.group(7) == null ? "" : matcher.group(7);
    long micros = number(fraction + "0".repeat(6 - fraction.length()));
    OptionalLong offset = offsetSeconds(matcher.group(8));
    long seconds = (hour * 60L + minute) * 60 + second;
    return offset.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(day.getAsInt() * MICROS_PER_DAY + (seconds - offset.getAsLong()) * MICROS_PER_SECOND + micros);
  }

  /// In either case of its letters; with a plus sign before it not every version takes it.
  private static boolean isInfinity(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.equals("infinity") || lower.equals("-infinity");
  }

  private static OptionalInt day(Matcher matcher) {
    int year = number(matcher.group(1));
    if (year == 0) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of((int) (LocalDate.of(year, number(matcher.group(2)), number(matcher.group(3))).toEpochDay() - EPOCH_DAY));
    } catch (DateTimeException _) {
      return OptionalInt.empty();
    }
  }

  private static int number(String digits) {
    return digits == null || digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  /// East of Greenwich; PostgreSQL takes less than 16 hours.
  private static OptionalLong offsetSeconds(String zone) {
    if (zone == null || zone.equals("Z")) {
      return OptionalLong.of(0);
    }
    String digits = zone.substring(1).replace(":", "");
    int hours = number(digits.substring(0, 2));
    int minutes = digits.length() > 2 ? number(digits.substring(2)) : 0;
    if (hours > 15 || minutes > 59) {
      return OptionalLong.empty();
    }
    long seconds = (hours * 60L + minutes) * 60;
    return OptionalLong.of(zone.startsWith("-") ? -seconds : seconds);
  }

  /// A date as PostgreSQL spells it; one that is not read again, where its year has not four digits or is before Christ.
  static String date(int days) {
    if (days == KeyValue.OfDate.INFINITY || days == KeyValue.OfDate.MINUS_INFINITY) {
      return days > 0 ? "infinity" : "-infinity";
    }
    LocalDate day = LocalDate.ofEpochDay(EPOCH_DAY + days);
    return text(day) + era(day);
  }

  /// A timestamp in the same spelling, a zoned one in UTC.
  static String timestamp(long micros, boolean zoned) {
    if (micros == KeyValue.OfTimestamp.INFINITY || micros == KeyValue.OfTimestamp.MINUS_INFINITY) {
      return micros > 0 ? "infinity" : "-infinity";
    }
    long ofDay = Math.floorMod(micros, MICROS_PER_DAY);
    long seconds = ofDay / MICROS_PER_SECOND;
    long fraction = ofDay % MICROS_PER_SECOND;
    String time = "%02d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60);
    LocalDate day = LocalDate.ofEpochDay(EPOCH_DAY + Math.floorDiv(micros, MICROS_PER_DAY));
    return text(day) + " " + time + (fraction == 0 ? "" : ".%06d".formatted(fraction)) + (zoned ? "+00" : "") + era(day);
  }

  private static String text(LocalDate day) {
    return "%04d-%02d-%02d".formatted(day.getYear() > 0 ? day.getYear() : 1 - day.getYear(), day.getMonthValue(), day.getDayOfMonth());
  }

  /// There is no year 0.
  private static String era(LocalDate day) {
    return day.getYear() > 0 ? "" : " BC";
  }
}
