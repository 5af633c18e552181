package io.shardgate.router.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.grammar.testing.Statements;
import io.shardgate.router.grammar.testing.TreeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tree of each statement, printed with every operation in parentheses; none is refused. The golden files were compared with the trees of
/// PostgreSQL's own parser; `GrammarIT` asks a server. `-Dgolden.bless=true` writes them anew, to be reviewed as a diff.
@Timeout(60)
class GoldenTreeTest {
  @ParameterizedTest
  @ValueSource(strings = {"pg-statements", "pg-more", "pg-features", "pg-folded"})
  void everyStatementHasItsTree(String name) throws IOException {
    StringBuilder actual = new StringBuilder();
    for (String statement : Statements.of("/" + name + ".sql")) {
      actual.append(statement).append("\n=> ").append(tree(statement)).append("\n\n");
    }
    assertThat(actual.toString().lines().filter(line -> line.startsWith("=> refused"))).isEmpty();
    if (Boolean.getBoolean("golden.bless")) {
      Files.writeString(Path.of("src/test/resources", name + ".golden"), actual);
      return;
    }
    try (var in = Objects.requireNonNull(getClass().getResourceAsStream("/" + name + ".golden"))) {
      assertThat(actual.toString()).isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static String tree(String statement) {
    try {
      return TreeText.ofStatement(statement);
    } catch (GrammarException e) {
      return "refused: " + e.getMessage() + " at " + e.position();
    }
  }
}
