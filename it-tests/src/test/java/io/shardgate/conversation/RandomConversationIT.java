package io.shardgate.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Conversations that nobody thought of: what comes back is that of one PostgreSQL. A failure names its seed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RandomConversationIT {
  private static final int SEEDS = Integer.getInteger("conversation.seeds", 30);
  private static final int TURNS = 12;

  private TwoSides sides;

  @BeforeAll
  void start() throws IOException {
    sides = TwoSides.start();
    List<String> rows = new ArrayList<>();
    for (int id = 1; id <= 5; id++) {
      rows.add("Q INSERT INTO customers VALUES (" + id + ", 'name " + id + "')");
    }
    assertThat(both(new Script("rows", rows))).isTrue();
  }

  @AfterAll
  void stop() {
    sides.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000, 2_000, 3_000})
  void random_conversations_are_answered_as_by_one_server(long first) throws IOException {
    for (long seed = first; seed < first + SEEDS; seed++) {
      both(RandomScript.of(seed, TURNS));
      both(new Script("reset", List.of("Q UPDATE customers SET name = 'name 1' WHERE id = 1")));
    }
  }

  private boolean both(Script script) throws IOException {
    try (Stage plain = sides.plainStage(); Stage proxied = sides.proxyStage()) {
      assertThat(String.join("\n", proxied.play(script))).as(script.name()).isEqualTo(String.join("\n", plain.play(script)));
    }
    return true;
  }
}
