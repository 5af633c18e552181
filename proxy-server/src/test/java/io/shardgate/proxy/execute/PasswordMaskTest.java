package io.shardgate.proxy.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PasswordMaskTest {
  /// Characters stay where they are, also behind those of several bytes.
  @ParameterizedTest
  @CsvSource(quoteCharacter = '#', delimiter = '|', value = {
    "ALTER ROLE a PASSWORD 'secret' LOGIN|ALTER ROLE a PASSWORD 'xxxxxx' LOGIN",
    "SELECT 'ä'; create user b with encrypted password 'sécrèt'; SELECT 'secret'; ALTER USER c PASSWORD $q$a'b$q$|SELECT 'ä'; create user b with encrypted password 'xxxxxx'; SELECT 'secret'; ALTER USER c PASSWORD 'xxxxxxx'",
    "ALTER ROLE a PASSWORD E'a\\'b' VALID UNTIL '2030-01-01'|ALTER ROLE a PASSWORD 'xxxxx' VALID UNTIL '2030-01-01'",
    "ALTER ROLE a PASSWORD NULL; ALTER ROLE a PASSWORD ''|ALTER ROLE a PASSWORD NULL; ALTER ROLE a PASSWORD ''",
    "ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$a:b'|ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$a:b'",
    "CREATE TABLE password (a text DEFAULT 'secret')|CREATE TABLE password (a text DEFAULT 'secret')",
  })
  void aPasswordIsPutOutOfSightAndNothingElse(String text, String masked) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<Lexed> statements = new Lexer().statements(bytes, LexicalRules.DEFAULT);
    assertThat(new String(PasswordMask.of(bytes, statements), StandardCharsets.UTF_8)).isEqualTo(masked).hasSameSizeAs(text);
    String each = String.join("; ", statements.stream().map(lexed -> new String(PasswordMask.of(lexed), StandardCharsets.UTF_8)).toList());
    assertThat(each).isEqualTo(masked);
  }
}
