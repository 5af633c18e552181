package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Statements of every kind, none of which names a table of the topology but by accident.
class CorpusPlansTest {
  private static final Path CORPUS = Path.of("grammar/src/test/resources/pg-statements.sql");

  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = FakeCatalog.view();

  private static List<Lexed> corpus() throws IOException {
    List<Lexed> statements = new ArrayList<>();
    for (String block : Files.readString(CORPUS).split("\n\\s*\n")) {
      statements.addAll(new Lexer().statements(block.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT));
    }
    return statements;
  }

  @Test
  void everyStatementGetsAPlanInTime() throws IOException {
    List<Lexed> statements = corpus();
    assertThat(statements).hasSizeGreaterThan(300);
    for (Lexed statement : statements) {
      Plan plan = assertTimeoutPreemptively(Duration.ofSeconds(10), () -> router.plan(statement, view), statement::toString);
      assertThat(router.explain(plan, statement, null, view)).as(statement.toString()).isNotEmpty();
    }
  }

  @Test
  void aStatementWithoutShardedNamesIsNeverRefused() throws IOException {
    RoutingView nothingSharded = FakeCatalog.homeOnlyView();
    for (Lexed statement : corpus()) {
      Plan plan = router.plan(statement, nothingSharded);
      boolean refused = plan instanceof Plan.Refuse refuse && !MEANT.contains(refuse.refusal());
      assertThat(refused).as("%s → %s", statement, plan).isFalse();
    }
  }

  /// Refused whatever the topology says.
  private static final List<Refusal> MEANT = List.of(Refusal.DATABASE, Refusal.SCHEMA_ELEMENTS, Refusal.UTILITY, Refusal.CODE_BLOCK);
}
