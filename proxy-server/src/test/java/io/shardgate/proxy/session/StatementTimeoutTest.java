package io.shardgate.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.proxy.relay.SettingsVector;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StatementTimeoutTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0", "250, 250", "250ms, 250", "5s, 5000", "2min, 120000", "3h, 10800000", "1d, 86400000", "1500us, 2", "' 5 s ', 5000", // as PostgreSQL reads them
    "0.5s, 0", "010, 0", "0x10, 0", "-1, 0", "5S, 0", "'', 0", // not known
  })
  void aTimeIsReadAsByPostgresql(String value, long millis) {
    assertThat(StatementTimeout.millis(value)).isEqualTo(millis);
  }

  @Test
  void whatHasPassedIsNotLeft() {
    SettingsVector settings = SettingsVector.of(Map.of("statement_timeout", "1h"));
    long now = System.nanoTime();
    assertThat(StatementTimeout.leftMillis(settings, now - TimeUnit.MINUTES.toNanos(59)).getAsLong()).isPositive().isLessThanOrEqualTo(60_000);
    assertThat(StatementTimeout.leftMillis(settings, now - TimeUnit.HOURS.toNanos(2))).hasValue(0);
    assertThat(StatementTimeout.leftMillis(SettingsVector.EMPTY, now)).isEmpty();
  }
}
