package io.shardgate.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/// Every script is played against PostgreSQL and against the proxy; what comes back is the same, message by message.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConversationIT {
  static final List<String> FILES =
      List.of("simple.conv", "extended.conv", "prepared.conv", "transaction.conv", "settings.conv", "session.conv", "copy.conv", "failed.conv", "sharded.conv");

  /// Set in the run on the oldest version, which need not hear each of them in every manner.
  private static final @Nullable String OLDEST = System.getProperty("shardgate.test.postgres");

  private TwoSides sides;

  @BeforeAll
  void start() {
    sides = TwoSides.start();
  }

  @AfterAll
  void stop() {
    sides.close();
  }

  @TestFactory
  Stream<DynamicTest> answers_are_those_of_one_server() {
    return FILES.stream()
        .flatMap(file -> Script.read(file).stream().map(script -> DynamicTest.dynamicTest(file + ": " + script, () -> play(script))));
  }

  /// A refusal never takes the place of an error that PostgreSQL has.
  @TestFactory
  Stream<DynamicTest> what_postgresql_rejects_is_told_in_its_words() {
    return (OLDEST == null ? Arrays.stream(RejectedStatements.Manner.values()) : Stream.of(RejectedStatements.Manner.EXTENDED, RejectedStatements.Manner.SIMPLE_IN_A_BLOCK_ELSEWHERE))
        .map(manner -> DynamicTest.dynamicTest(manner.name(), () -> {
          Script script = RejectedStatements.read(manner);
          List<String> expected;
          try (Stage stage = sides.plainStage()) {
            expected = stage.play(script);
          }
          try (Stage stage = sides.proxyStage()) {
            assertThat(RejectedStatements.told(stage.play(script))).isEqualTo(RejectedStatements.told(expected));
          }
        }));
  }

  private void play(Script script) throws IOException {
    List<String> expected;
    try (Stage stage = sides.plainStage()) {
      expected = stage.play(script);
    }
    List<String> actual;
    try (Stage stage = sides.proxyStage()) {
      actual = stage.play(script);
    }
    assertThat(String.join("\n", actual)).isEqualTo(String.join("\n", expected));
  }
}
