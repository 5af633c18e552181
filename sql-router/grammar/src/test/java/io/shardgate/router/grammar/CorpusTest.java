package io.shardgate.router.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// PostgreSQL statements of applications, drivers and psql.
@Timeout(60)
class CorpusTest {
  private static final Set<String> VERBS = Set.of("select", "values", "table", "with", "insert", "update", "delete", "merge");

  /// The corpus's statements that this grammar is for; utility statements are read elsewhere.
  static List<String> statements() throws IOException {
    List<String> statements = new ArrayList<>();
    try (InputStream in = Objects.requireNonNull(CorpusTest.class.getResourceAsStream("/pg-statements.sql"))) {
      for (String block : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n\\s*\n")) {
        String statement = block.strip();
        String verb = statement.split("[^A-Za-z]", 2)[0].toLowerCase(Locale.ROOT);
        if (VERBS.contains(verb)) {
          statements.add(statement);
        }
      }
    }
    return statements;
  }

  @Test
  void everyQueryAndDataChangeIsRead() throws IOException {
    List<String> refused = new ArrayList<>();
    for (String statement : statements()) {
      try {
        PostgresParser.parse(statement);
      } catch (GrammarException e) {
        refused.add(statement + " -- " + e.getMessage() + " at " + e.position());
      }
    }
    assertThat(statements()).hasSizeGreaterThan(230);
    assertThat(refused).isEmpty();
  }
}
