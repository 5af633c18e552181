package io.shardgate.router.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tokens of the text that is spliced and fingerprinted are the ones that the tree was made of, but for two: a `UESCAPE` is part of its
/// name or string in one, and the N of `N'x'` a token of its own in the other.
class LexersAgreeTest {
  private static final Path FOLDER = Path.of("grammar/src/test/resources");

  @ParameterizedTest
  @ValueSource(strings = {"pg-statements.sql", "pg-more.sql", "pg-features.sql", "pg-folded.sql"})
  void bothCutTheSameTokens(String file) throws IOException {
    List<String> different = new ArrayList<>();
    int statements = 0;
    for (String block : Files.readString(FOLDER.resolve(file)).split("\n\\s*\n")) {
      for (Lexed lexed : new Lexer().statements(block.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT)) {
        statements++;
        List<String> tokens = tokens(lexed);
        List<String> parsed = parsed(lexed.toString(), true);
        if (!tokens.equals(parsed)) {
          different.add(lexed + "\n" + tokens + "\n" + parsed);
        }
      }
    }
    assertThat(statements).isGreaterThan(10);
    assertThat(different).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void backslashesMeanTheSameToBoth(boolean standard) {
    for (String sql : List.of("SELECT 'a\\\\', 'b' 'c'", "SELECT 'a\\x41', E'd\\'e', $$f\\$$, \"g\\\", 'h''i', N'j\\\\'", "SELECT 'k\\n'\n'l\\\\', 1")) {
      Lexed lexed = new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), new LexicalRules(standard, StandardCharsets.UTF_8)).getFirst();
      assertThat(tokens(lexed)).isEqualTo(parsed(sql, standard));
    }
  }

  @Test
  void aBackslashKeepsAStringOpenForBoth() {
    String sql = "SELECT 'a\\', b, '";
    Lexed lexed = new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), new LexicalRules(false, StandardCharsets.UTF_8)).getFirst();
    assertThat(tokens(lexed)).isEqualTo(parsed(sql, false)).hasSize(2);
  }

  private static List<String> tokens(Lexed lexed) {
    List<String> tokens = new ArrayList<>();
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.is(token, "uescape")) {
        tokens.removeLast();
        token++;
        tokens.add(lexed.string(lexed.tokenStart(token - 2), lexed.tokenEnd(token)));
      } else {
        tokens.add(lexed.string(lexed.tokenStart(token), lexed.tokenEnd(token)));
      }
    }
    return tokens;
  }

  private static List<String> parsed(String sql, boolean standard) {
    PostgresLexer lexer = new PostgresLexer(sql, standard);
    List<String> tokens = new ArrayList<>();
    int begin = 0;
    for (Token token = lexer.getNextToken(); token.kind != GeneratedParserConstants.EOF; token = lexer.getNextToken()) {
      boolean national = sql.startsWith("N'", token.beginColumn - 1);
      begin = begin == 0 ? token.beginColumn : begin;
      if (!national) {
        tokens.add(sql.substring(begin - 1, token.endColumn));
        begin = 0;
      }
    }
    return tokens;
  }
}
