package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/limits.md` says what is refused, and the golden files show each refusal.
class LimitsTest {
  private static final Path LIMITS = Path.of("../docs/limits.md");
  private static final String BEGIN = "<!-- refusals: written by LimitsTest -->";
  private static final String END = "<!-- end of refusals -->";

  @Test
  void limitsListEveryRefusal() throws IOException {
    String before = Files.readString(LIMITS);
    int from = before.indexOf(BEGIN) + BEGIN.length();
    int to = before.indexOf(END);
    assertThat(to).as("marks in limits.md").isGreaterThan(from);
    String after = before.substring(0, from) + "\n\n" + table() + "\n" + before.substring(to);
    if (Boolean.getBoolean("plans.bless")) {
      Files.writeString(LIMITS, after);
    } else {
      assertThat(before).as("docs/limits.md is stale: run the tests with -Dplans.bless=true").isEqualTo(after);
    }
  }

  private static String table() {
    StringBuilder table = new StringBuilder("| refusal | SQLSTATE | message | what to do |\n|---|---|---|---|\n");
    for (Refusal refusal : Refusal.values()) {
      table.append(refusal.documentation());
    }
    return table.toString();
  }

  @Test
  void everyRefusalHasAGoldenCase() throws IOException {
    StringBuilder golden = new StringBuilder();
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/io/shardgate/router/plans"))) {
      for (Path file : files.toList()) {
        golden.append(Files.readString(file));
      }
    }
    List<Refusal> missing = new ArrayList<>();
    for (Refusal refusal : Refusal.values()) {
      // Nesting and size are tested with statements made for it, see RefusedSizesTest.
      boolean bySize = refusal == Refusal.TOO_DEEP || refusal == Refusal.TOO_COMPLEX;
      if (!bySize && !golden.toString().contains("Refuse " + refusal + " ")) {
        missing.add(refusal);
      }
    }
    assertThat(missing).isEmpty();
  }
}
