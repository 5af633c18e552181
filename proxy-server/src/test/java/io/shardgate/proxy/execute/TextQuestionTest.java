package io.shardgate.proxy.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.KeyValue;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What several shards' words come to.
final class TextQuestionTest {
  private static final TextSettings DEFAULT = new TextSettings("UTC", "ISO, MDY", null);
  private static final TextSettings CHOSEN = new TextSettings("UTC", "ISO, MDY", "Australia");
  private static final KeyValue DAY = new KeyValue.OfDate(1);

  private static TextQuestion.Answer answer(int day, String abbreviations, boolean ofRoles) {
    return new TextQuestion.Answer(Optional.of(new KeyValue.OfDate(day)), abbreviations, ofRoles);
  }

  @Test
  void whatAllSayIsCertain() {
    assertThat(TextQuestion.agreed(List.of(answer(1, "Default", false), answer(1, "Default", false)), DEFAULT)).contains(DAY);
    assertThat(TextQuestion.agreed(List.of(answer(1, "Australia", true)), CHOSEN)).as("the session says which").contains(DAY);
  }

  @Test
  void whatOneSaysOtherwiseIsNot() {
    assertThat(TextQuestion.agreed(List.of(answer(1, "Default", false), answer(2, "Default", false)), DEFAULT)).isEmpty();
    assertThat(TextQuestion.agreed(List.of(answer(1, "Default", false), TextQuestion.Answer.NONE), DEFAULT)).isEmpty();
    assertThat(TextQuestion.agreed(List.of(answer(1, "Default", false), answer(1, "India", false)), DEFAULT)).isEmpty();
    assertThat(TextQuestion.agreed(List.of(answer(1, "India", false), answer(1, "India", false)), DEFAULT)).isEmpty();
    assertThat(TextQuestion.agreed(List.of(answer(1, "Default", true), answer(1, "Default", true)), DEFAULT)).isEmpty();
  }
}
