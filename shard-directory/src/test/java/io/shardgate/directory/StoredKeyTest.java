package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Keys as their columns keep them; StoredKeyIT in the integration tests compares with a server.
class StoredKeyTest {
  @Test
  void blanksBehindTheLastCharacterAreCut() {
    assertThat(stored("abc  ", 3)).isEqualTo("abc");
    assertThat(stored("abc  ", 4)).isEqualTo("abc ");
    assertThat(stored("abc  ", 5)).isEqualTo("abc  ");
    assertThat(stored("     ", 3)).isEqualTo("   ");
    assertThat(stored("", 3)).isEmpty();
    assertThat(stored("a  ", 3)).isEqualTo("a  ");
  }

  @Test
  void charactersAreCountedNotBytes() {
    assertThat(stored("äöü  ", 3)).isEqualTo("äöü");
    assertThat(stored("äöü  ", 5)).isEqualTo("äöü  ");
    assertThat(stored("€€  ", 3)).isEqualTo("€€ ");
    assertThat(stored("𝄞𝄞  ", 2)).isEqualTo("𝄞𝄞");
    assertThat(stored("𝄞𝄞  ", 3)).isEqualTo("𝄞𝄞 ");
  }

  @Test
  void withoutALimitNothingIsCut() {
    assertThat(stored("abc   ", 0)).isEqualTo("abc   ");
  }

  private static String stored(String text, int characters) {
    return new String(StoredKey.cut(text.getBytes(StandardCharsets.UTF_8), characters), StandardCharsets.UTF_8);
  }

  @Test
  void numericsAreRoundedHalfAwayFromZeroToTheScale() {
    assertThat(numeric("1.005", 10, 2)).isEqualTo("1.01");
    assertThat(numeric("-1.005", 10, 2)).isEqualTo("-1.01");
    assertThat(numeric("1.004999", 10, 2)).isEqualTo("1");
    assertThat(numeric("155", 3, -1)).isEqualTo("160");
  }

  private static String numeric(String text, int precision, int scale) {
    int typmod = (precision << 16 | (scale & 0x7ff)) + 4;
    return StoredKey.of(new KeyValue.OfNumeric(new BigDecimal(text)), typmod).toString();
  }

  @Test
  void timestampsAreRoundedToThePrecision() {
    assertThat(timestamp(1_500_000, 0)).isEqualTo(2_000_000);
    assertThat(timestamp(-1_500_000, 0)).isEqualTo(-2_000_000);
    assertThat(timestamp(1_234_567, 3)).isEqualTo(1_235_000);
    assertThat(timestamp(1_234_567, 6)).isEqualTo(1_234_567);
    assertThat(timestamp(Long.MAX_VALUE, 0)).isEqualTo(Long.MAX_VALUE);
  }

  private static long timestamp(long micros, int precision) {
    return ((KeyValue.OfTimestamp) StoredKey.of(new KeyValue.OfTimestamp(micros, false), precision)).micros();
  }
}
