package io.shardgate.proxy.session;

import io.shardgate.proxy.relay.SettingsVector;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `statement_timeout` for what a session waits for without a server, which would see to it elsewhere.
///
/// Known is what the session, its startup packet, its role or its database has set, in whole numbers (PostgreSQL docs, "Parameter Names and Values"). What the home
/// shard's own configuration says is not.
final class StatementTimeout {
  private static final Pattern TIME = Pattern.compile("\\s*(0|[1-9][0-9]{0,9})\\s*(us|ms|s|min|h|d)?\\s*");
  private static final int MICROS_PER_MILLI = 1_000;
  private static final Map<String, Long> UNIT_MILLIS =
      Map.of(
          "ms", 1L, "s", TimeUnit.SECONDS.toMillis(1), "min", TimeUnit.MINUTES.toMillis(1), "h", TimeUnit.HOURS.toMillis(1), "d", TimeUnit.DAYS.toMillis(1));

  private StatementTimeout() {}

  /// What is left of it; empty where there is no such limit, or none that is known.
  ///
  /// @param sinceNanos when the statement began, by [System#nanoTime]
  static OptionalLong leftMillis(SettingsVector settings, long sinceNanos) {
    String value = settings.value("statement_timeout");
    long limit = value == null ? 0 : millis(value);
    if (limit == 0) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Math.max(0, limit - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos)));
  }

  /// The milliseconds; 0 where the text is none that is known.
  static long millis(String value) {
    Matcher time = TIME.matcher(value);
    if (!time.matches()) {
      return 0;
    }
    long number = Long.parseLong(time.group(1));
    String unit = time.group(2);
    if (unit == null) {
      return number;
    }
    return unit.equals("us") ? Math.round(number / (double) MICROS_PER_MILLI) : number * UNIT_MILLIS.getOrDefault(unit, 0L);
  }
}
