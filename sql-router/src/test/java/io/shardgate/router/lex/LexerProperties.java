package io.shardgate.router.lex;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class LexerProperties {
    private final Lexer lexer = new Lexer();

    @Property(tries = 5000)
    void lexingAndDecodingNeverFails(@ForAll byte[] bytes, @ForAll boolean standardConformingStrings) {
        checkAll(bytes, standardConformingStrings);
    }

    /// Text made of what the rules turn on, so that quotes, comments and escapes meet in every order.
    @Property(tries = 10000)
    void lexingAndDecodingNeverFailsWherePiecesMeet(@ForAll("pieces") String text, @ForAll boolean standardConformingStrings) {
        checkAll(text.getBytes(StandardCharsets.UTF_8), standardConformingStrings);
    }

    @Provide
    Arbitrary<String> pieces() {
        return Arbitraries.of(
                        "'", "''", "\"", "\\", "$", "$$", "$a$", "$1", "E'", "U&'", "U&\"", "N'", "B'", "UESCAPE", "'!'", "!0041", "\\u00", "\\x4",
                        "\\U0000", "\\D83D", "\n", " ", "--", "/*", "*/", "+", "-", "=", ">", "@", ":", ".", ",", ";", "(", ")", "[", "]", "1", "0x",
                        "1_", "e5", "abc", "ä", "begin atomic ", "end ", "case ", "create function ", "select ", "nextval(", "::regclass", "\0", "{")
                .list()
                .ofMaxSize(12)
                .map(list -> String.join("", list));
    }

    private void checkAll(byte[] bytes, boolean standardConformingStrings) {
        LexicalRules rules = new LexicalRules(standardConformingStrings, StandardCharsets.UTF_8);
        int behind = 0;
        for (Lexed lexed : lexer.statements(bytes, rules)) {
            assertThat(lexed.start()).isGreaterThanOrEqualTo(behind);
            assertThat(lexed.end()).isLessThanOrEqualTo(bytes.length);
            behind = lexed.end();
            check(lexed);
        }
        assertThat(lexer.statements(bytes, rules)).extracting(Lexed::fingerprint)
                .isEqualTo(lexer.statements(bytes, rules).stream().map(Lexed::fingerprint).toList());
    }

    private static void check(Lexed lexed) {
        int behind = 0;
        assertThat(lexed.size()).isPositive();
        for (int token = 0; token < lexed.size(); token++) {
            assertThat(lexed.tokenStart(token)).isGreaterThanOrEqualTo(behind);
            assertThat(lexed.tokenEnd(token)).isGreaterThan(lexed.tokenStart(token));
            behind = lexed.tokenEnd(token);
            if (!lexed.malformed()) {
                decode(lexed, token);
            }
        }
        assertThat(behind).isLessThanOrEqualTo(lexed.length());
        for (int literal = 0; literal < lexed.literalCount(); literal++) {
            assertThat(lexed.literalText(literal)).isNotNull();
            assertThat(lexed.literalUtf8(literal)).isNotNull();
            assertThat(lexed.literalOf(lexed.literalToken(literal))).isEqualTo(literal);
        }
    }

    private static void decode(Lexed lexed, int token) {
        TokenKind kind = lexed.kind(token);
        if (kind.isName()) {
            assertThat(lexed.identifier(token).getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(63);
        } else if (kind.isString() || kind == TokenKind.NATIONAL_STRING) {
            assertThat(lexed.stringValue(token)).isNotNull();
        } else if (kind == TokenKind.PARAMETER) {
            assertThat(lexed.parameterNumber(token)).isBetween(0, lexed.parameterCount());
        }
    }

    @Property
    void stringsReadBackWhatWasQuoted(@ForAll("printable") String value) {
        assertThat(one("SELECT '" + value.replace("'", "''") + "'").literalText(0)).isEqualTo(value);
        assertThat(one("SELECT E'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'").literalText(0)).isEqualTo(value);
        assertThat(one("SELECT U&'" + value.replace("\\", "\\\\").replace("'", "''") + "'").literalText(0)).isEqualTo(value);
        if (!value.contains("$q$") && !value.endsWith("$") && !value.endsWith("$q")) {
            assertThat(one("SELECT $q$" + value + "$q$").literalText(0)).isEqualTo(value);
        }
    }

    @Provide
    Arbitrary<String> printable() {
        return Arbitraries.strings().withChars("'\\\"$q;- \nuxn0aäß€😀{}").ofMaxLength(20).filter(value -> value.equals(utf8(value)));
    }

    private static String utf8(String value) {
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Property
    void aPlainLiteralLeavesTheFingerprintAlone(@ForAll int a, @ForAll int b, @ForAll("printable") String x, @ForAll("printable") String y) {
        assertThat(query(Math.abs((long) a) % Integer.MAX_VALUE, x).fingerprint())
                .isEqualTo(query(Math.abs((long) b) % Integer.MAX_VALUE, y).fingerprint());
    }

    private Lexed query(long number, String string) {
        return one("SELECT a, f(" + number + ") FROM t WHERE id = " + number + " AND b = '" + string.replace("'", "''") + "' ORDER BY 1");
    }

    /// Every statement of the corpus with one token more, one less or another one instead has another fingerprint.
    @Property(tries = 3000)
    void anythingElseChangesTheFingerprint(@ForAll("corpus") String sql, @ForAll int where, @ForAll("tokens") String token) {
        Lexed lexed = one(sql);
        int at = Math.floorMod(where, lexed.size());
        String head = lexed.string(0, lexed.tokenStart(at));
        String tail = lexed.string(lexed.tokenEnd(at), lexed.length());
        assertThat(fingerprints(head + tail)).doesNotContain(lexed.fingerprint());
        assertThat(fingerprints(head + token + " " + lexed.string(lexed.tokenStart(at), lexed.length()))).doesNotContain(lexed.fingerprint());
        if (!lexed.raw(at).equalsIgnoreCase(token)) {
            assertThat(fingerprints(head + " " + token + " " + tail)).doesNotContain(lexed.fingerprint());
        }
    }

    @Provide
    Arbitrary<String> corpus() {
        return Arbitraries.of(Corpus.all().stream().filter(sql -> !sql.contains("--")).toList());
    }

    @Provide
    Arbitrary<String> tokens() {
        return Arbitraries.of("zz9", "\"a\"", "$77", "@>", "(", ")", ",", "::", "[", ".", "B'1'", "zz9 'x'");
    }

    @Property
    void layoutLeavesTheFingerprintOfAQueryAlone(@ForAll("queries") String sql, @ForAll("blanks") List<String> blanks) {
        Lexed lexed = one(sql);
        StringBuilder other = new StringBuilder();
        for (int token = 0; token < lexed.size(); token++) {
            other.append(blanks.get(token % blanks.size())).append(lexed.raw(token));
        }
        assertThat(fingerprints(other.toString())).containsExactly(lexed.fingerprint());
    }

    @Provide
    Arbitrary<String> queries() {
        return Arbitraries.of(Corpus.all().stream()
                .filter(sql -> one(sql).literalCount() > 0)
                .filter(sql -> !sql.contains("'foo'"))
                .toList());
    }

    @Provide
    Arbitrary<List<String>> blanks() {
        return Arbitraries.of(" ", "\t", "\n", " /* x; */ ", " -- y;'\n", "\f  ").list().ofMinSize(1).ofMaxSize(7);
    }

    private List<Fingerprint> fingerprints(String sql) {
        return lexer.statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).stream().map(Lexed::fingerprint).toList();
    }

    private Lexed one(String sql) {
        return lexer.statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    }
}
