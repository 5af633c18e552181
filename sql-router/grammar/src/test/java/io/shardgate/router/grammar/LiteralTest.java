package io.shardgate.router.grammar;

import io.shardgate.router.grammar.testing.TreeText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.router.grammar.tree.PgBitString;
import io.shardgate.router.grammar.tree.PgSelect;
import java.math.BigDecimal;
import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Literals and names by PostgreSQL's lexical rules.
class LiteralTest {
  private static SqlNode only(String expression) throws GrammarException {
    return ((PgSelect) PostgresParser.parse("SELECT " + expression)).getSelectList().get(0);
  }

  private static String string(String expression) throws GrammarException {
    return ((SqlLiteral) only(expression)).getValueAs(String.class);
  }

  @Test
  void stringsAreDecoded() throws GrammarException {
    assertThat(string("'it''s'")).isEqualTo("it's");
    assertThat(string("'a\\'")).isEqualTo("a\\");
    assertThat(string("E'a\\n\\t\\\\\\'\\x41\\102\\u00e9\\U0001F600\\q'")).isEqualTo("a\n\t\\'ABé\uD83D\uDE00q");
    assertThat(string("E'\\ud83d\\ude00'")).isEqualTo("\uD83D\uDE00");
    assertThat(string("U&'d\\0061t\\+01F600\\\\'")).isEqualTo("dat\uD83D\uDE00\\");
    assertThat(string("U&'d!0061' UESCAPE '!'")).isEqualTo("da");
    assertThat(string("$$a'b$c$$")).isEqualTo("a'b$c");
    assertThat(string("$x$a$$b$y$x$")).isEqualTo("a$$b$y");
    assertThat(string("'a'\n  'b' -- x\n 'c'")).isEqualTo("abc");
    assertThat(string("E'a\\n'\n'b\\n'")).isEqualTo("a\nb\n");
  }

  @Test
  void aStringGoesOnOnlyAfterALineEnd() {
    assertThatThrownBy(() -> only("'a' 'b'")).isInstanceOf(GrammarException.class);
  }

  @Test
  void backslashesInPlainStringsFollowTheSetting() throws GrammarException {
    SqlNode query = PostgresParser.parse("SELECT 'a\\'b', $$\\n$$", false);
    SqlLiteral literal = (SqlLiteral) ((PgSelect) query).getSelectList().get(0);
    assertThat(literal.getValueAs(String.class)).isEqualTo("a'b");
    assertThat(((SqlLiteral) ((PgSelect) query).getSelectList().get(1)).getValueAs(String.class)).isEqualTo("\\n");
  }

  @Test
  void byteEscapesAreInTheServersEncoding() throws GrammarException {
    assertThat(string("E'\\xc3\\xa9\\303\\251M\\xe2\\x82\\254\\x41'")).isEqualTo("ééM€A");
    assertThat(string("E'\\xg\\xz'")).isEqualTo("xgxz");
    for (String noCharacter : List.of("E'\\xe9'", "E'\\xc3'", "E'\\xc3 \\xa9'", "E'\\000'", "E'\\400'")) {
      assertThatThrownBy(() -> only(noCharacter)).as(noCharacter).isInstanceOf(GrammarException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "007, 7", "1_000, 1000", "0x1F, 31", "0X_f, 15", "0o17, 15", "0b101, 5", "1.5, 1.5", ".5, 0.5", "5., 5",
    "9223372036854775808, 9223372036854775808", "1e3, 1000", "1.5E-1, 0.15"})
  void numbersHaveTheirValue(String text, BigDecimal value) throws GrammarException {
    assertThat(((SqlLiteral) only(text)).bigDecimalValue()).isEqualByComparingTo(value);
  }

  @Test
  void bitStringsKeepTheirLength() throws GrammarException {
    assertThat(((PgBitString) only("B'00101'")).bits()).isEqualTo("00101");
    assertThat(((PgBitString) only("X'01f'")).bits()).isEqualTo("000000011111");
    assertThat(((PgBitString) only("b''")).bits()).isEmpty();
  }

  @Test
  void onlyAsciiLettersOfUnquotedNamesAreFolded() throws GrammarException {
    assertThat(((SqlIdentifier) only("ÄbC.\"D\"\"e\".F$1")).names).containsExactly("Äbc", "D\"e", "f$1");
    assertThat(((SqlIdentifier) only("U&\"d\\0061t\\0041\"")).names).containsExactly("datA");
  }

  @Test
  void longNamesAreCutAsPostgresqlCutsThem() throws GrammarException {
    String name = "a".repeat(62);
    assertThat(((SqlIdentifier) only(name + "bc")).getSimple()).isEqualTo(name + "b");
    assertThat(((SqlIdentifier) only('"' + name + "é\"")).getSimple()).isEqualTo(name);
    assertThat(((SqlIdentifier) only("é".repeat(40))).getSimple()).isEqualTo("é".repeat(31));
  }

  @Test
  void operatorsAreCutAsPostgresqlCutsThem() throws GrammarException {
    assertThat(TreeText.ofStatement("SELECT a*-1, a@-1, a-- x\n+1, a/**/+1, a<>-1, a?|b, a<->b, a#>>'{}'"))
        .isEqualTo("SELECT (\"a\" * (- 1)), (\"a\" @- 1), (\"a\" + 1), (\"a\" + 1), (\"a\" <> (- 1)), (\"a\" ?| \"b\"), "
            + "(\"a\" <-> \"b\"), (\"a\" #>> '{}')");
  }
}
