package io.shardgate.router.statement;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.lex.TokenKind;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// `SHARDGATE …`, `SHOW SHARDGATE …` and `EXPLAIN (ROUTE) …`: what begins as ours is ours, whatever follows. The first byte of an input
/// chooses the settings and what stands before the text.
final class AdminStatementFuzz {
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "12s")
  void whatBeginsAsOursIsOurs(byte[] input) {
    if (input.length == 0) {
      return;
    }
    String begin = switch (input[0] >> 1 & 3) {
      case 0 -> "SHARDGATE ";
      case 1 -> "SHOW SHARDGATE ";
      case 2 -> "EXPLAIN (ROUTE) ";
      default -> "";
    };
    String text = begin + new String(input, 1, input.length - 1, StandardCharsets.UTF_8);
    LexicalRules rules = new LexicalRules((input[0] & 1) == 0, StandardCharsets.UTF_8);
    for (Lexed lexed : new Lexer().statements(text.getBytes(StandardCharsets.UTF_8), rules)) {
      check(lexed, StatementReader.read(lexed));
    }
  }

  private static void check(Lexed lexed, Statement statement) {
    if (lexed.is(0, "shardgate")) {
      assertThat(statement).as(lexed.toString()).isInstanceOf(AdminStatement.class);
      if (statement instanceof AdminStatement.Unknown(String expected, int token)) {
        assertThat(expected).isNotBlank();
        assertThat(token).isBetween(0, lexed.size());
      }
      if (statement instanceof AdminStatement.Route(Lexed body)) {
        assertThat(body.size()).isPositive();
        assertThat(StatementReader.read(body)).isNotNull();
      }
    } else if (statement instanceof DataStatement.Explain explain && explain.route()) {
      assertThat(explain.body().size()).isPositive();
      assertThat(StatementReader.read(explain.body())).isNotNull();
    } else if (lexed.is(0, "show") && lexed.is(1, "shardgate") && lexed.is(2, TokenKind.WORD) && lexed.size() == 3) {
      assertThat(statement).as(lexed.toString()).isInstanceOf(SessionStatement.ShowShardgate.class);
    }
  }

  static Stream<byte[]> seeds() {
    return Stream.of(
            "0STATUS", "0APPLY 'home: s1' IF VERSION 7", "0DIFF $y$groups: {}$y$", "0SPLIT customer AT POSITION -5", "0SPLIT g AT KEY 'Ä''s'",
            "0MERGE 'g' AT KEY -5", "0ASSIGN tenant 'acme' TO s2", "0ROUTE SELECT * FROM t WHERE a = $1", "0VERIFY SCHEMA", "0UNINSTALL CONFIRM 'yes'",
            "2MAP", "2POOLS", "2", "4SELECT 1", "4INSERT INTO t VALUES (1)", "6EXPLAIN (ROUTE, ANALYZE off) SELECT 1", "6/* x */ SHARDGATE CLIENTS",
            "6SELECT 1; SHARDGATE E'\\x41'", "1APPLY E'a\\nb'")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }
}
