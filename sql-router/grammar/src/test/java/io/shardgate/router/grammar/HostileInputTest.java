package io.shardgate.router.grammar;

import io.shardgate.router.grammar.testing.Statements;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever a client sends ends in a tree or a [GrammarException], soon.
@Timeout(120)
class HostileInputTest {
  private static final long SMALL_STACK_BYTES = 640 * 1024;
  private static final String NOISE = "'\"()[];:.,$*-+/\\\u0000 \uD800aE9=<";

  /// Parses on a thread with a small stack; null when it was read.
  private static Throwable parseOnSmallStack(String sql) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread = new Thread(null, () -> {
      try {
        PostgresParser.parse(sql);
      } catch (Throwable e) {
        thrown.set(e);
      }
    }, "small-stack", SMALL_STACK_BYTES);
    thread.start();
    thread.join();
    return thrown.get();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "SELECT |(|1|)",
    "SELECT |(SELECT |1|)",
    "SELECT * FROM |(SELECT * FROM |t|) x",
    "SELECT * FROM |(|t| CROSS JOIN u)",
    "SELECT |NOT |a|",
    "SELECT |- |a|",
    "SELECT |f(|1|)",
    "SELECT |coalesce(|1|)",
    "SELECT |CASE WHEN a THEN |1| END",
    "|(|SELECT 1|)",
    "|WITH a AS (|SELECT 1|) SELECT 1",
    "SELECT ARRAY|[|1|]",
    "SELECT 1|^(1|1|)",
    "SELECT 1 GROUP BY |GROUPING SETS (|a|)",
    "SELECT a|[a|a|]",
    "SELECT |CAST(|a| AS int)",
    "SELECT a IN |(1, a IN |(1)|)",
    "SELECT * FROM JSON_TABLE(a, 'b' COLUMNS (|NESTED 'x' COLUMNS (|b int|)|))"
  })
  void nestingIsLimitedBeforeTheStackIs(String pattern) throws InterruptedException {
    String[] parts = pattern.split("\\|", -1);
    String tail = parts.length > 4 ? parts[4] : "";
    for (int depth : List.of(50, 100_000)) {
      String sql = parts[0] + parts[1].repeat(depth) + parts[2] + parts[3].repeat(depth) + tail;
      Throwable thrown = parseOnSmallStack(sql);
      if (depth == 50) {
        assertThat(thrown).as(pattern).isNull();
      } else {
        assertThat(thrown).as(pattern).isInstanceOf(GrammarException.class).hasMessageContaining("nested deeper");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "SELECT a| || b|", "SELECT a|::int|", "SELECT a|[1]|", "SELECT (a)|.b|", "SELECT 1| UNION SELECT 1|",
    "SELECT * FROM t|, t|", "SELECT * FROM t| CROSS JOIN t|", "SELECT a| COLLATE \"C\"|", "SELECT a| IS NULL|"
  })
  void longRowsOfOperationsAreLimited(String pattern) throws InterruptedException {
    String[] parts = pattern.split("\\|(?!\\| b)(?<!\\| \\|)", -1);
    String repeated = pattern.substring(parts[0].length() + 1, pattern.length() - 1);
    assertThat(parseOnSmallStack(parts[0] + repeated.repeat(400))).isNull();
    assertThat(parseOnSmallStack(parts[0] + repeated.repeat(100_000)))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining("in a row");
  }

  @Test
  void longListsAndConditionsAreReadWhole() throws GrammarException {
    int n = 100_000;
    PostgresParser.parse("SELECT 1 WHERE a = 1" + " OR a = 1".repeat(n));
    PostgresParser.parse("SELECT 1 WHERE a" + " AND b".repeat(n));
    PostgresParser.parse("SELECT 1 WHERE a IN (1" + ", 1".repeat(n) + ")");
    PostgresParser.parse("INSERT INTO t VALUES (1, 'a')" + ", (1, 'a')".repeat(n));
    PostgresParser.parse("SELECT a" + ", a".repeat(n));
    PostgresParser.parse("SELECT CASE" + " WHEN a THEN b".repeat(n) + " END");
  }

  @Test
  void longTextsOfOneKindEndSoon() {
    int n = 200_000;
    for (String sql : List.of("(".repeat(n), "SELECT a" + ".a".repeat(n), "SELECT timestamp(" + "1,".repeat(n),
        "/*".repeat(n), "'".repeat(n + 1), "\"".repeat(n + 1), "$".repeat(n), "$a".repeat(n), "+-".repeat(n), "SELECT " + "@".repeat(n),
        "SELECT " + "1".repeat(n), "SELECT " + "9".repeat(19_999), "SELECT 1e999999999", "SELECT 1e99999999999", "$99999999999", "SELECT E'" + "\\".repeat(n),
        "SELECT " + "a b ".repeat(n), ";".repeat(n), "SELECT '" + "x".repeat(n) + "'" + "\n'y'".repeat(n / 10), "SELECT 1" + "\n--x".repeat(n),
        "SELECT * FROM a" + ".b".repeat(n) + "(", "SELECT 0x" + "f".repeat(19_000))) {
      long start = System.nanoTime();
      try {
        PostgresParser.parse(sql);
      } catch (GrammarException e) {
        assertThat(e.position()).isBetween(0, sql.length());
      }
      assertThat(System.nanoTime() - start).as(sql.substring(0, Math.min(30, sql.length()))).isLessThan(5_000_000_000L);
    }
  }

  @Test
  void damagedStatementsNeverThrowAnythingElse() {
    long seed = 20_250_101;
    Random random = new Random(seed);
    List<String> statements = Statements.all();
    for (int i = 0; i < 30_000; i++) {
      String sql = damaged(statements.get(random.nextInt(statements.size())), random);
      try {
        PostgresParser.parse(sql, random.nextBoolean());
      } catch (GrammarException e) {
        assertThat(e.position()).as("seed %d: %s", seed, sql).isBetween(0, sql.length());
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + sql, e);
      }
    }
  }

  private static String damaged(String sql, Random random) {
    StringBuilder text = new StringBuilder(sql);
    for (int n = random.nextInt(3) + 1; n > 0 && text.length() > 1; n--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, NOISE.charAt(random.nextInt(NOISE.length())));
        case 2 -> text.setLength(at);
        default -> text.insert(at, text.substring(random.nextInt(at + 1), at));
      }
    }
    return text.toString();
  }

  @Test
  void anErrorSaysWhereReadingStopped() {
    assertThatThrownBy(() -> PostgresParser.parse("SELECT a FRM t x y"))
        .isInstanceOfSatisfying(GrammarException.class, e -> assertThat(e.position()).isEqualTo(13))
        .hasMessage("not read from \"t\" on");
    assertThatThrownBy(() -> PostgresParser.parse("SELECT a FROM"))
        .isInstanceOfSatisfying(GrammarException.class, e -> assertThat(e.position()).isEqualTo(13))
        .hasMessage("statement ends too early");
    assertThatThrownBy(() -> PostgresParser.parse("SELECT 'a"))
        .isInstanceOfSatisfying(GrammarException.class, e -> assertThat(e.position()).isEqualTo(7))
        .hasMessage("unterminated quoted string");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", ";", "BEGIN", "SELECT 1; SELECT 2", "SELECT a b c", "SELECT a FROM t WHERE", "SELECT a < b < c", "SELECT a = b = c",
    "INSERT INTO t (a)", "UPDATE t SET", "SELECT * FROM t JOIN u", "SELECT (1", "SELECT 1)", "SELECT 1a", "SELECT $1a",
    "SELECT a..b", "SELECT 1 FROM select", "SELECT a BETWEEN b", "SELECT a AS", "VALUES", "VALUES ()", "WITH a SELECT 1", "SELECT ?",
    "SELECT U&'\\00zz'", "SELECT B'2'", "SELECT * FROM t LIMIT 1, 2", "SELECT `a`", "SELECT \"\"", "DELETE t", "SELECT * FROM (t)x"
  })
  void whatPostgresqlRefusesIsNotRead(String sql) {
    assertThatThrownBy(() -> PostgresParser.parse(sql)).isInstanceOf(GrammarException.class);
  }
}
