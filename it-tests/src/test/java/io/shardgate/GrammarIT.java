package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.proxy.testing.PostgresServer;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.testing.RandomExpression;
import io.shardgate.router.grammar.testing.Statements;
import io.shardgate.router.grammar.testing.TreeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The parser's trees are PostgreSQL's. A statement, and its tree printed with every operation in parentheses, are made bodies of a function; what
/// the server then says that they mean is the same. `-Dgrammar.seed=S` and `-Dgrammar.expressions=N` try other expressions, and more.
final class GrammarIT {
  private static final long SEED = Long.getLong("grammar.seed", 1);
  private static final int EXPRESSIONS = Integer.getInteger("grammar.expressions", 2500);
  private static final String DATABASE = "grammar";

  private final PostgresServer server = TestCluster.shared().shard("s1");
  private Connection connection;
  private Statement sql;

  @BeforeEach
  void makeDatabase() throws SQLException {
    server.execute("CREATE DATABASE " + DATABASE);
    connection = server.connect(DATABASE);
    sql = connection.createStatement();
    sql.setEscapeProcessing(false);
  }

  @AfterEach
  void dropDatabase() throws SQLException {
    connection.close();
    server.execute("DROP DATABASE " + DATABASE + " WITH (FORCE)");
  }

  private void run(String resource) throws SQLException, IOException {
    try (var in = Objects.requireNonNull(Statements.class.getResourceAsStream(resource), resource)) {
      sql.execute(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /// What the server understands; empty where that is nothing.
  private Optional<String> meaning(String statement) {
    try {
      sql.execute("CREATE OR REPLACE FUNCTION public.meant() RETURNS void LANGUAGE sql BEGIN ATOMIC " + statement.replaceFirst(";\\s*$", "") + "; END");
      try (var rows = sql.executeQuery("SELECT pg_get_function_sqlbody('public.meant'::regproc)")) {
        rows.next();
        return Optional.of(rows.getString(1));
      }
    } catch (SQLException e) {
      return Optional.empty();
    }
  }

  private static String printed(String statement) {
    try {
      return TreeText.ofStatement(statement);
    } catch (GrammarException e) {
      return "refused: " + e.getMessage() + " at " + e.position();
    }
  }

  /// Adds the statement where the tree has another meaning. Whether it has one is the answer.
  private boolean compare(String statement, List<String> different) {
    Optional<String> meaning = meaning(statement);
    String printed = printed(statement);
    if (meaning.isPresent() && !meaning.equals(meaning(printed))) {
      different.add(statement + "\n=> " + printed + "\nmeans " + meaning.get());
    }
    return meaning.isPresent();
  }

  @Test
  void everyFeatureMeansWhatItsTreeMeans() throws SQLException, IOException {
    run("/pg-features-schema.sql");
    List<String> different = new ArrayList<>();
    List<String> meaningless = new ArrayList<>();
    List<String> statements = Statements.of("/pg-features.sql");
    for (String statement : statements) {
      if (!compare(statement, different)) {
        meaningless.add(statement);
      }
    }
    assertThat(statements).hasSizeGreaterThan(100);
    assertThat(meaningless).isEmpty();
    assertThat(different).isEmpty();
  }

  @Test
  void randomExpressionsMeanWhatTheirTreesMean() throws SQLException, IOException {
    run("/random-expressions-schema.sql");
    RandomExpression random = new RandomExpression(SEED);
    List<String> different = new ArrayList<>();
    int meaningful = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
      meaningful += compare("SELECT " + random.next() + " FROM t, s", different) ? 1 : 0;
    }
    System.out.println("random expressions: " + EXPRESSIONS + " of seed " + SEED + ", " + meaningful + " mean something");
    assertThat(different).as("seed %s", SEED).isEmpty();
    assertThat(meaningful).as("expressions that mean something").isGreaterThan(EXPRESSIONS / 4);
  }
}
