package io.shardgate.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Conversations that nobody thought of: what comes back is that of one PostgreSQL. A failure names every seed that differs.
///
/// The system properties `conversation.first` (the seeds to begin with, separated by commas) and `conversation.seeds` (how many from each on) choose others.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RandomConversationIT {
  private static final int SEEDS = Integer.getInteger("conversation.seeds", 30);
  private static final String FIRST = System.getProperty("conversation.first", "1000,2000,3000,720140");
  private static final int TURNS = 12;
  private static final int DIFFERENT_LINES = 5;
  private static final String WHO = "SELECT current_user, current_setting('work_mem'), current_setting('transaction_read_only')";

  /// Another client, who must not meet anything of the one before.
  private static final Script RESET =
      new Script(
          "what another client finds",
          List.of(
              "Q UPDATE customers SET name = 'name 1' WHERE id = 1", "Q TRUNCATE scratch", "Q " + WHO + " FROM customers WHERE id = 2",
              "Q " + WHO + " FROM customers WHERE id = 3", "Q " + WHO + " FROM customers WHERE id = 4", "Q " + WHO + " FROM customers WHERE id = 5"));

  /// Where a script ends: what docs/limits.md names, and what PostgreSQL itself breaks on.
  private static final List<String> ENDS =
      List.of(
          "M=EXECUTE of a statement over several shards is not supported",
          "before any query", // behind a PREPARE, which the proxy answers itself
          "function shardgate.record_commit", // turned READ ONLY after it wrote on several shards
          "C=XX000, M=ReleaseSavepoint: unexpected state");

  private TwoSides sides;

  @BeforeAll
  void start() throws IOException {
    sides = TwoSides.start();
    List<String> rows = new ArrayList<>();
    for (int id = 1; id <= 5; id++) {
      rows.add("Q INSERT INTO customers VALUES (" + id + ", 'name " + id + "')");
    }
    assertThat(differences(new Script("rows", rows))).isEmpty();
  }

  @AfterAll
  void stop() {
    sides.close();
  }

  static LongStream first() {
    return Arrays.stream(FIRST.split(",")).mapToLong(Long::parseLong);
  }

  @ParameterizedTest
  @MethodSource("first")
  void random_conversations_are_answered_as_by_one_server(long first) throws IOException {
    List<String> differences = new ArrayList<>();
    for (long seed = first; seed < first + SEEDS; seed++) {
      differences.addAll(differences(RandomScript.of(seed, TURNS)));
      differences.addAll(differences(RESET));
    }
    assertThat(differences).as(differences.size() + " of " + SEEDS + " seeds differ").isEmpty();
  }

  private List<String> differences(Script script) throws IOException {
    try (Stage plain = sides.plainStage(); Stage proxied = sides.proxyStage()) {
      List<String> expected = plain.play(script);
      List<String> actual = proxied.play(script);
      int end = Math.min(end(expected), end(actual));
      expected = expected.subList(0, Math.min(end, expected.size()));
      actual = actual.subList(0, Math.min(end, actual.size()));
      return expected.equals(actual) ? List.of() : List.of(difference(script.name(), expected, actual));
    }
  }

  private static int end(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (ENDS.stream().anyMatch(lines.get(i)::contains)) {
        return i;
      }
    }
    return Integer.MAX_VALUE;
  }

  /// What both sides said alike, and where they part.
  private static String difference(String name, List<String> expected, List<String> actual) {
    int same = 0;
    while (same < Math.min(expected.size(), actual.size()) && expected.get(same).equals(actual.get(same))) {
      same++;
    }
    return "\n" + name + "\n" + String.join("\n", expected.subList(0, same))
        + "\n  PostgreSQL:\n" + from(same, expected) + "\n  Shardgate:\n" + from(same, actual) + "\n";
  }

  private static String from(int line, List<String> lines) {
    return String.join("\n", lines.subList(line, Math.min(lines.size(), line + DIFFERENT_LINES)));
  }
}
