package io.shardgate.router.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Texts as a `varchar(n)` column keeps them.
class KeyTextTest {
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
    return new String(KeyText.stored(text.getBytes(StandardCharsets.UTF_8), characters), StandardCharsets.UTF_8);
  }
}
