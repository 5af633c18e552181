package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/limits.md` says what is refused, and the golden files show each refusal.
class LimitsTest {
  private static final Path LIMITS = Path.of("../docs/limits.md");
  private static final Path PLANS = Path.of("src/test/resources/io/shardgate/router/plans");
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

  /// The shortest statement of the golden files that is refused so is the example. Nesting and size are tested with statements made for it, see
  /// `RefusedSizesTest`.
  private static String table() throws IOException {
    Map<String, String> examples = examples();
    StringBuilder table = new StringBuilder("| refusal | SQLSTATE | example | message | what to do |\n|---|---|---|---|---|\n");
    for (Refusal refusal : Refusal.values()) {
      String example =
          switch (refusal) {
            case TOO_DEEP -> "401 parentheses, one in the other";
            case TOO_COMPLEX -> "401 tables";
            default -> "`" + examples.getOrDefault(refusal.name(), "").replace("|", "\\|") + "`";
          };
      String state = "| " + refusal.sqlState() + " |";
      table.append(refusal.documentation().replace("` " + state, "` " + state + " " + example + " |"));
    }
    return table.toString();
  }

  private static Map<String, String> examples() throws IOException {
    Map<String, String> examples = new HashMap<>();
    Pattern refused = Pattern.compile("(?m)^\\|\\s+(?:→ )?Refuse (\\w+) ");
    try (Stream<Path> files = Files.list(PLANS)) {
      for (Path file : files.sorted().toList()) {
        for (String block : Files.readString(file).strip().split("\n\\s*\n")) {
          Matcher refusal = refused.matcher(block);
          String statement = block.lines().filter(line -> !line.startsWith("#") && !line.startsWith("|")).collect(Collectors.joining(" "));
          if (refusal.find()) {
            examples.merge(refusal.group(1), statement, (one, other) -> other.length() < one.length() ? other : one);
          }
        }
      }
    }
    return examples;
  }

  @Test
  void everyRefusalHasAGoldenCase() throws IOException {
    Set<String> shown = new HashSet<>(examples().keySet());
    shown.addAll(List.of(Refusal.TOO_DEEP.name(), Refusal.TOO_COMPLEX.name()));
    assertThat(shown).containsAll(Stream.of(Refusal.values()).map(Refusal::name).toList());
  }
}
