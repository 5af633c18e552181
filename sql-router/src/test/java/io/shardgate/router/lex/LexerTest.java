package io.shardgate.router.lex;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LexerTest {
    private static final LexicalRules ESCAPING = new LexicalRules(false, StandardCharsets.UTF_8);
    private final Lexer lexer = new Lexer();

    private List<Lexed> lex(String sql) {
        return lexer.statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT);
    }

    private Lexed one(String sql) {
        assertThat(lex(sql)).as(sql).hasSize(1);
        return lex(sql).getFirst();
    }

    private static List<String> tokens(Lexed lexed) {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < lexed.size(); i++) {
            tokens.add(lexed.raw(i));
        }
        return tokens;
    }

    /// Tokens separated by a middle dot.
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            value = {
                "a+-b => a·+·-·b",
                "a@-b => a·@-·b",
                "a*-1 => a·*·-·1",
                "a<-1 => a·<·-·1",
                "a?-b => a·?-·b",
                "a--b => a",
                "a+--b => a·+",
                "a*/*x*/b => a·*·b",
                "a/*/**/*/b => a·b",
                "x->>'a' => x·->>·'a'",
                "x::int[] => x·::·int·[·]",
                "a:=1 => a·:=·1",
                "a=>1 => a·=>·1",
                "a==>1 => a·==>·1",
                "a[1:2] => a·[·1·:·2·]",
                "1..2 => 1·..·2",
                "1.5.3 => 1.5·.3",
                ".5 => .5",
                "5.+1 => 5.·+·1",
                "1e10 => 1e10",
                "1E-5+2 => 1E-5·+·2",
                "1_000 0x1F 0b1_0 => 1_000·0x1F·0b1_0",
                "$1::int+$22 => $1·::·int·+·$22",
                "a$b$1 => a$b$1",
                "$$x$y$$z => $$x$y$$·z",
                "$a$ $b$a$ => $a$ $b$a$",
                "$a$ $ab$ $a$ => $a$ $ab$ $a$",
                "e'a\\'b' 'c' => e'a\\'b'·'c'",
                "'a\\' 'b' => 'a\\'·'b'",
                "'a''b' => 'a''b'",
                "\"a\"\"b\".c => \"a\"\"b\"·.·c",
                "U&\"d\\0061\" u&'x' UESCAPE '!' => U&\"d\\0061\"·u&'x'·UESCAPE·'!'",
                "u&b => u·&·b",
                "b'01'x'1F'n'y' => b'01'·x'1F'·n'y'",
                "xe'a' => xe·'a'",
                "ñandú.ß => ñandú·.·ß",
                "t.* => t·.·*",
                "a!=b => a·!=·b",
                "a<>-1 => a·<>·-·1",
                "a|/-b => a·|/-·b",
            })
    void cutsAsPostgresDoes(String sql, String expected) {
        Lexed lexed = one(sql);
        assertThat(String.join("·", tokens(lexed))).isEqualTo(expected);
        assertThat(lexed.malformed()).isFalse();
    }

    @Test
    void aStringGoesOnBehindANewline() {
        assertThat(tokens(one("'a'\n'b'"))).hasSize(1);
        assertThat(one("'a' \t\n  'b''c'").stringValue(0)).isEqualTo("ab'c");
        assertThat(one("'a' -- note 'x'\n -- two\n 'b'").stringValue(0)).isEqualTo("ab");
        assertThat(one("E'a'\r'\\n'").stringValue(0)).isEqualTo("a\n");
        assertThat(tokens(one("'a' 'b'"))).hasSize(2);
        assertThat(tokens(one("'a' /* x \n */ 'b'"))).hasSize(2);
        assertThat(tokens(one("'a'\n - 'b'"))).hasSize(3);
        assertThat(tokens(one("$$a$$\n'b'"))).hasSize(2);
    }

    @Test
    void aBackslashEscapesWhereTheSessionSaysSo() {
        byte[] text = "'a\\'b'".getBytes(StandardCharsets.UTF_8);
        Lexed escaping = lexer.statements(text, ESCAPING).getFirst();
        assertThat(escaping.kind(0)).isEqualTo(TokenKind.ESCAPE_STRING);
        assertThat(escaping.stringValue(0)).isEqualTo("a'b");
        assertThat(lexer.statements(text, LexicalRules.DEFAULT).getFirst().malformed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            value = {
                "'it''s' => it's",
                "E'\\x41\\102\\u0043\\U00000044\\q\\\\' => ABCDq\\",
                "E'\\uD83D\\uDE00' => 😀",
                "E'\\303\\244' => ä",
                "U&'\\0041\\+000042\\\\' => AB\\",
                "U&'!0041!!' UESCAPE '!' => A!",
                "$x$a'b$c$x$ => a'b$c",
                "$$$$ => ",
            })
    void decodesStrings(String sql, String expected) {
        assertThat(one(sql).stringValue(0)).isEqualTo(expected == null ? "" : expected);
    }

    @Test
    void foldsAndUnquotesIdentifiers() {
        assertThat(one("FooÄ").identifier(0)).isEqualTo("fooÄ");
        assertThat(one("\"Foo\"\"Bar\"").identifier(0)).isEqualTo("Foo\"Bar");
        assertThat(one("U&\"d\\0061t\\+000061\"").identifier(0)).isEqualTo("data");
        assertThat(one("U&\"d!0061\" UESCAPE '!'").identifier(0)).isEqualTo("da");
        assertThat(one("a".repeat(70)).identifier(0)).isEqualTo("a".repeat(63));
        assertThat(one("a" + "ä".repeat(40)).identifier(0)).isEqualTo("a" + "ä".repeat(31));
        assertThat(one("ä".repeat(32)).identifier(0)).isEqualTo("ä".repeat(31));
    }

    @Test
    void identifiersAreCutByTheirLengthInUtf8WhateverTheClientSends() {
        LexicalRules latin = new LexicalRules(true, StandardCharsets.ISO_8859_1);
        Lexed lexed = lexer.statements("ä".repeat(40).getBytes(StandardCharsets.ISO_8859_1), latin).getFirst();
        assertThat(lexed.identifier(0)).isEqualTo("ä".repeat(31));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'abc", "SELECT \"abc", "SELECT \"\"", "SELECT /* x /* y */", "SELECT $a$ x $b$", "SELECT E'a\\'", "SELECT 123abc",
                "SELECT 1_", "SELECT 1__0", "SELECT 0x", "SELECT 0xg", "SELECT 1e", "SELECT 1e+", "SELECT $1a", "SELECT 1 \u0001", "SELECT {",
                "SELECT $", "SELECT \\", "SELECT $99999999999", "SELECT a $x b", "SELECT U&\"\"", "SELECT 'a'\n'b"
            })
    void flagsWhatPostgresLexerRefuses(String sql) {
        assertThat(one(sql).malformed()).isTrue();
        assertThat(one(sql).literalCount()).isZero();
    }

    @Test
    void unicodeStringsNeedStandardConformingStrings() {
        byte[] text = "SELECT U&'x'".getBytes(StandardCharsets.UTF_8);
        assertThat(lexer.statements(text, ESCAPING).getFirst().malformed()).isTrue();
    }

    @Test
    void statementsEndAtSemicolons() {
        assertThat(lex("")).isEmpty();
        assertThat(lex(" ; -- nothing\n ;/* x */ ")).isEmpty();
        List<Lexed> two = lex("  SELECT 1 ;; /* ä */ SELECT ';' -- tail\n;");
        assertThat(two).extracting(Lexed::toString).containsExactly("SELECT 1", "/* ä */ SELECT ';' -- tail");
        assertThat(two.getLast().charStart()).isEqualTo(14);
        assertThat(two.getLast().tokenStart(0)).isEqualTo(9);
        assertThat(two.getLast().charOffset(two.getLast().tokenStart(0))).isEqualTo(8);
    }

    @Test
    void semicolonsInsideParenthesesAndAtomicBodiesEndNothing() {
        String rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v)";
        String function =
                "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a > 1 THEN 2 END; END";
        String procedure = "create procedure p() begin atomic insert into t values (1); select t.end, t.case from t; end";
        assertThat(lex(rule + ";" + function + ";" + procedure + ";SELECT 1"))
                .extracting(Lexed::toString)
                .containsExactly(rule, function, procedure, "SELECT 1");
        assertThat(lex("BEGIN; ATOMIC; END; SELECT 1")).hasSize(4);
        assertThat(lex("SELECT 1); SELECT 2")).hasSize(2);
    }

    @Test
    void theWholeCorpusIsReadAndTokensJoinToTheStatement() {
        for (String sql : Corpus.all()) {
            Lexed lexed = one(sql);
            assertThat(lexed.malformed()).as(sql).isFalse();
            int at = 0;
            for (int i = 0; i < lexed.size(); i++) {
                String between = lexed.string(at, lexed.tokenStart(i));
                assertThat(between).as(sql).matches("(?s)(\\s|--[^\n]*\n|/\\*.*\\*/)*");
                assertThat(lexed.tokenEnd(i)).isGreaterThan(lexed.tokenStart(i));
                assertThat(lexed.tokenAt(lexed.tokenStart(i))).isEqualTo(i);
                at = lexed.tokenEnd(i);
            }
            assertThat(lexed.string(at, lexed.length())).matches("(?s)\\s*(--.*)?");
        }
    }

    @Test
    void theWholeCorpusInOneQueryIsCutIntoItsStatements() {
        List<String> statements = Corpus.all().stream().filter(sql -> !sql.contains("-- tail")).toList();
        assertThat(lex(String.join(";\n", statements))).extracting(Lexed::toString).isEqualTo(statements);
    }

    @Test
    void aPartHasOffsetsOfItsOwn() {
        Lexed whole = lex("SELECT 0; EXPLAIN SELECT a FROM t WHERE id = 5").getLast();
        Lexed body = whole.part(1, whole.size());
        assertThat(body.toString()).isEqualTo("SELECT a FROM t WHERE id = 5");
        assertThat(body.tokenStart(0)).isZero();
        assertThat(body.literalLong(0)).isEqualTo(5);
        assertThat(body.fingerprint()).isEqualTo(one("select a from t where id=7").fingerprint());
    }

    @Test
    void countsParameters() {
        assertThat(one("SELECT $3, $1").parameterCount()).isEqualTo(3);
        assertThat(one("SELECT 1").parameterCount()).isZero();
        assertThat(one("SELECT $12").parameterNumber(1)).isEqualTo(12);
    }
}
