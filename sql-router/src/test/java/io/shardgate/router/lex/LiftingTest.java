package io.shardgate.router.lex;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiftingTest {
    private final Lexer lexer = new Lexer();

    private Lexed lex(String sql) {
        return lexer.statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    }

    private static List<String> literals(Lexed lexed) {
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < lexed.literalCount(); i++) {
            literals.add(lexed.literalText(i));
            assertThat(lexed.literalOf(lexed.literalToken(i))).isEqualTo(i);
        }
        return literals;
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " ==> ",
            quoteCharacter = '\0',
            value = {
                "SELECT a FROM t WHERE id = 42 AND b = 'x' ==> 42,x",
                "SELECT a FROM t WHERE id = -42 ==> 42",
                "SELECT a FROM t WHERE id IN (1, 2) OR b LIKE 'x%' ==> 1,2,x%",
                "SELECT a FROM t WHERE id BETWEEN 1 AND 'z' ==> 1,z",
                "SELECT a FROM t ORDER BY 1, a + 2 LIMIT 10 OFFSET 20 ==> ",
                "SELECT a FROM t GROUP BY 1 HAVING count(*) > 5 ==> 5",
                "SELECT a FROM t GROUP BY ROLLUP (1, 2) ==> ",
                "SELECT DISTINCT ON (1) a, 7 FROM t ==> 7",
                "SELECT * FROM t OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY ==> ",
                "SELECT sum(a) OVER (PARTITION BY 1), 3 FROM t ==> 3",
                "SELECT x FROM (SELECT 1 ORDER BY 1) s WHERE x = 9 ==> 1,9",
                "SELECT a FROM t ORDER BY a LIMIT 5 FOR UPDATE ==> ",
                "SELECT CAST(a AS numeric(10,2)), b::varchar(20), 5 ==> 5",
                "SELECT a::vector(3), a::s.geometry(4), CAST(a AS bitmap(5)), 5 ==> 5",
                "SELECT a::int IN (1, 2) ==> 1,2",
                "SELECT current_timestamp(3), f(3) ==> 3",
                "SELECT * FROM jsonb_to_recordset('[]') AS r(a v(7), b text) ==> []",
                "SELECT date '2020-01-01', interval '1 day', public.mood 'sad', interval(3) '1' ==> ",
                "SELECT '2020-01-01'::date, now() - '1 day'::interval ==> 2020-01-01,1 day",
                "SELECT nextval('s'), pg_catalog.nextval('s'), \"nextval\"('s'), setval('s', 7) ==> 7",
                "SELECT 'orders'::regclass, CAST('t' AS pg_catalog.regclass), to_regclass('u') ==> ",
                "SELECT set_config('a.b', 'c', false), current_setting('d') ==> c,d",
                "SELECT query_to_xml('select 1', true, false, '') ==> ",
                "SELECT query_to_xml(('select' || '1'), true, false, '') ==> ",
                "SELECT B'101', X'1F', N'x', U&'a!' UESCAPE '!', U&'ok' ==> ok",
                "SELECT E'a\\\\n', $$b$$, 'c' ==> a\\n,b,c",
                "SELECT substring(b from '[0-9]+'), a IS DISTINCT FROM 'x' ==> [0-9]+,x",
                "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') ==> 1,x,2,y",
                "INSERT INTO t SELECT 1 ORDER BY 1 LIMIT 1 ON CONFLICT (a) DO UPDATE SET b = 3 RETURNING 4 ==> 1,3,4",
                "UPDATE t SET a = a + 5 WHERE b = 'x' ==> 5,x",
                "DELETE FROM t WHERE a = 1.5 ==> 1.5",
                "WITH x AS (SELECT 1) SELECT 2 ==> 1,2",
                "WITH x AS MATERIALIZED (SELECT 1) SELECT 2 ==> 1,2",
                "(SELECT 1) UNION (SELECT 2) ==> 1,2",
                "SELECT a[1], f(x => 2), g(y := 'z') ==> 1,2,z",
                "SELECT 'a' 'b' ==> a",
                "SET x = 5 ==> ",
                "CREATE TABLE t (a int DEFAULT 5) ==> ",
                "EXPLAIN SELECT 1 ==> ",
            })
    void liftsOperandsOnly(String sql, String expected) {
        assertThat(String.join(",", literals(lex(sql)))).isEqualTo(expected == null ? "" : expected);
    }

    @ParameterizedTest
    @CsvSource({"0,INT4", "2147483647,INT4", "2147483648,INT8", "9223372036854775807,INT8", "9223372036854775808,NUMERIC", "1.0,NUMERIC",
        "1e3,NUMERIC", "0x7FFFFFFF,INT4", "0x80000000,INT8", "1_000,INT4", "99999999999999999999999,NUMERIC"})
    void numbersHaveTheTypePostgresGivesThem(String literal, LiteralKind kind) {
        assertThat(lex("SELECT " + literal).literalKind(0)).isEqualTo(kind);
    }

    @Test
    void integersAreReadInEveryBase() {
        assertThat(lex("SELECT 0x1F").literalLong(0)).isEqualTo(31);
        assertThat(lex("SELECT 0o17").literalLong(0)).isEqualTo(15);
        assertThat(lex("SELECT 0b1_01").literalLong(0)).isEqualTo(5);
        assertThat(lex("SELECT 1_000").literalLong(0)).isEqualTo(1000);
        assertThat(lex("SELECT 9223372036854775807").literalLong(0)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void stringsComeInUtf8WhateverTheClientSends() {
        LexicalRules latin = new LexicalRules(true, StandardCharsets.ISO_8859_1);
        Lexed lexed = lexer.statements("SELECT 'ä'".getBytes(StandardCharsets.ISO_8859_1), latin).getFirst();
        assertThat(lexed.literalUtf8(0)).isEqualTo("ä".getBytes(StandardCharsets.UTF_8));
        assertThat(lex("SELECT 'a''ä'").literalUtf8(0)).isEqualTo("a'ä".getBytes(StandardCharsets.UTF_8));
    }

    private Fingerprint fingerprint(String sql) {
        return lex(sql).fingerprint();
    }

    @Test
    void whatOnlyLooksDifferentHasOneFingerprint() {
        assertThat(fingerprint("SELECT a FROM t WHERE id = 1"))
                .isEqualTo(fingerprint("select  A\nfrom /* x */ T where ID=22 -- y"))
                .isEqualTo(fingerprint("SELECT a FROM t WHERE id = 2147483647"));
        assertThat(fingerprint("SELECT 'a'")).isEqualTo(fingerprint("SELECT E'b'")).isEqualTo(fingerprint("SELECT $$c$$"));
    }

    @Test
    void whatMeansSomethingElseHasAnotherFingerprint() {
        List<String> different = List.of(
                "SELECT a FROM t WHERE id = 1", "SELECT a FROM t WHERE id = 3000000000", "SELECT a FROM t WHERE id = 1.0",
                "SELECT a FROM t WHERE id = '1'", "SELECT a FROM t WHERE id = $1", "SELECT a FROM t WHERE id = $2",
                "SELECT a FROM t WHERE id = - 1", "SELECT a FROM t WHERE id < 1", "SELECT a FROM t WHERE \"id\" = 1",
                "SELECT a FROM t WHERE \"ID\" = 1", "SELECT a FROM u WHERE id = 1", "SELECT a FROM t WHERE id IN (1)",
                "SELECT a FROM t WHERE id IN (1, 2)", "SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 2",
                "SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2", "SELECT a FROM t OFFSET 1", "SELECT date '2020-01-01'",
                "SELECT date '2020-01-02'", "SELECT a::numeric(10,2)", "SELECT a::numeric(10,3)", "SELECT ab, c", "SELECT a, bc",
                "SELECT abcdefgh12345678", "SELECT abcdefgh12345679", "SELECT nextval('a')", "SELECT nextval('b')",
                "SET x = 1", "SET x = 2", "SET x =  1", "SELECT 1; ", "SELECT 'a", "SELECT B'1'", "SELECT B'0'", "SELECT a->b", "SELECT a->>b",
                "SELECT a[1]", "SELECT (a)", "(SELECT a)", "VALUES (1)", "TABLE t");
        assertThat(different.stream().map(this::fingerprint).distinct()).hasSameSizeAs(different);
    }

    @Test
    void theEncodingAndTheStringRulesArePartOfTheFingerprint() {
        byte[] text = "SELECT a FROM t".getBytes(StandardCharsets.UTF_8);
        Fingerprint plain = lexer.statements(text, LexicalRules.DEFAULT).getFirst().fingerprint();
        LexicalRules escaping = new LexicalRules(false, StandardCharsets.UTF_8);
        LexicalRules latin = new LexicalRules(true, StandardCharsets.ISO_8859_1);
        assertThat(lexer.statements(text, escaping).getFirst().fingerprint()).isNotEqualTo(plain);
        assertThat(lexer.statements(text, latin).getFirst().fingerprint()).isNotEqualTo(plain);
    }
}
