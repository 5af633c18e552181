package io.shardgate.router.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.lex.Corpus;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementReaderTest {
    private static final Set<String> QUERY_WORDS = Set.of("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE", "WITH");

    private static Lexed lex(String sql) {
        return new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    }

    private static Statement read(String sql) {
        return StatementReader.read(lex(sql));
    }

    private static boolean isQuery(String sql) {
        return QUERY_WORDS.contains(sql.replaceFirst("\\W.*(?s:.*)", "").toUpperCase(Locale.ROOT));
    }

    private static List<String> utilities() throws IOException {
        List<String> statements = new ArrayList<>(Corpus.all().stream().filter(sql -> !isQuery(sql)).toList());
        statements.addAll(resource("utility-statements.sql").lines().toList());
        return statements;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(StatementReaderTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void everyQueryOfTheCorpusIsAQuery() {
        for (String sql : Corpus.all()) {
            assertThat(read(sql) instanceof Query).as(sql).isEqualTo(isQuery(sql));
        }
    }

    @Test
    void everyUtilityStatementHasARecord() throws IOException {
        for (String sql : utilities()) {
            assertThat(read(sql)).as(sql).isNotInstanceOfAny(Other.class, Malformed.class, Query.class);
        }
    }

    /// `-Dbless` writes the file anew; the change is to be read as a diff.
    @Test
    void everyUtilityStatementReadsToItsRecord() throws IOException {
        StringBuilder found = new StringBuilder();
        for (String sql : utilities()) {
            found.append(sql).append("\n    ").append(print(lex(sql))).append("\n\n");
        }
        if (System.getProperty("bless") != null) {
            Files.writeString(Path.of("src/test/resources/io/shardgate/router/statement/utility-statements.golden"), found);
        }
        assertThat(found.toString()).isEqualTo(resource("utility-statements.golden"));
    }

    /// The record, with the text in the place of its spans.
    private static String print(Lexed lexed) {
        return Pattern.compile("Span\\[start=(\\d+), end=(\\d+)]")
                .matcher(StatementReader.read(lexed).toString())
                .replaceAll(place -> Matcher.quoteReplacement(
                        "«" + lexed.string(Integer.parseInt(place.group(1)), Integer.parseInt(place.group(2))) + "»"));
    }

    @Test
    void leavingAnythingOutIsNeverAnError() throws IOException {
        for (String sql : utilities()) {
            Lexed lexed = lex(sql);
            for (int end = 1; end < lexed.size(); end++) {
                assertThat(StatementReader.read(lexed.part(0, end))).isNotNull();
                assertThat(StatementReader.read(lexed.part(end, lexed.size()))).isNotNull();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BEGIN; x", "COMMIT 5", "BEGIN READ", "SET", "SET x", "SET TRANSACTION", "SET ROLE", "SHOW", "DISCARD", "PREPARE p AS", "EXECUTE",
                "COPY t", "COPY (SELECT 1) FROM STDIN", "COPY () TO STDOUT", "COPY binary FROM STDIN", "EXPLAIN", "EXPLAIN ANALYZE", "LOCK", "TRUNCATE", "CREATE",
                "CREATE TABLE", "CREATE TABLE x (a)", "CREATE TABLE x (a int", "CREATE TABLE x (a int,)", "CREATE TABLE x", "CREATE INDEX i ON t",
                "CREATE VIEW v AS", "DROP", "DROP TABLE", "DROP TABLE a b", "ALTER TABLE t", "ALTER TABLE t ADD", "GRANT", "GRANT SELECT ON t",
                "COMMENT ON TABLE t", "FETCH", "FETCH x FROM c", "NOTIFY ch,", "DO", "CALL p", "SELEC 1", "\"begin\"", "5", "$1", "VACUUM FULL,",
                "SHOW SHARDGATE a b", "DEALLOCATE a b"
            })
    void whatIsIncompleteIsLeftToPostgres(String sql) {
        Statement statement = read(sql.replace("; x", " x"));
        assertThat(statement).as(sql).isInstanceOf(Other.class);
    }

    @Test
    void malformedTextIsLeftToPostgres() {
        assertThat(read("COMMIT 'x")).isInstanceOf(Malformed.class);
    }

    @Test
    void namesKnowTheirPlace() {
        String sql = "TRUNCATE ONLY a, \"S\".\"b c\" , d.s.t";
        Lexed lexed = lex(sql);
        DataStatement.Truncate truncate = (DataStatement.Truncate) StatementReader.read(lexed);
        assertThat(truncate.tables()).extracting(table -> table.name().span().in(lexed)).containsExactly("a", "\"S\".\"b c\"", "d.s.t");
        assertThat(truncate.tables()).extracting(table -> table.span().in(lexed)).containsExactly("ONLY a", "\"S\".\"b c\"", "d.s.t");
        assertThat(truncate.tables().get(1).name().schema()).isEqualTo("S");
        assertThat(truncate.tables().get(2).name().toString()).isEqualTo("s.t");
    }

    @Test
    void placesCountFromTheStatementsOwnBeginning() {
        byte[] text = "SELECT 1;  /* ä */ DROP TABLE x".getBytes(StandardCharsets.UTF_8);
        Lexed lexed = new Lexer().statements(text, LexicalRules.DEFAULT).getLast();
        DefinitionStatement.Drop drop = (DefinitionStatement.Drop) StatementReader.read(lexed);
        assertThat(drop.names().getFirst().span().in(lexed)).isEqualTo("x");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            value = {
                "CREATE TABLE x (a int DEFAULT NULL, b int) => NULL",
                "CREATE TABLE x (a int DEFAULT 5 NOT NULL) => 5",
                "CREATE TABLE x (a bool DEFAULT 1 IS NOT NULL NOT NULL) => 1 IS NOT NULL",
                "CREATE TABLE x (a int DEFAULT CASE WHEN NOT true THEN 1 ELSE NULL END UNIQUE) => CASE WHEN NOT true THEN 1 ELSE NULL END",
                "CREATE TABLE x (a text DEFAULT 'x'::character varying COLLATE \"C\") => 'x'::character varying",
                "CREATE TABLE x (a int DEFAULT nextval('s'::regclass) PRIMARY KEY) => nextval('s'::regclass)",
                "CREATE TABLE x (a int DEFAULT (SELECT 1, 2) CONSTRAINT q CHECK (a > 0)) => (SELECT 1, 2)",
            })
    void defaultsEndWhereTheNextConstraintBegins(String sql, String expected) {
        Lexed lexed = lex(sql);
        DefinitionStatement.CreateTable table = (DefinitionStatement.CreateTable) StatementReader.read(lexed);
        assertThat(Objects.requireNonNull(table.columns().getFirst().defaultExpression()).in(lexed)).isEqualTo(expected);
    }

    @Test
    void passwordsHaveAPlaceOfTheirOwn() {
        Lexed lexed = lex("ALTER ROLE bob ENCRYPTED PASSWORD 'se''cret' LOGIN");
        DefinitionStatement.RoleChange change = (DefinitionStatement.RoleChange) StatementReader.read(lexed);
        assertThat(Objects.requireNonNull(change.password()).in(lexed)).isEqualTo("'se''cret'");
        assertThat(change.toString()).doesNotContain("cret");
    }
}
