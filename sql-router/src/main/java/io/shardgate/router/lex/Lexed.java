package io.shardgate.router.lex;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;

/// One statement cut into tokens.
/// Immutable. (The text is shared with the message it came in and must not be written.)
///
/// Offsets of tokens count bytes from the statement's own beginning, so that what is remembered about one text holds for
/// an equal one elsewhere in another Query. The statement runs from its first comment or token to its last one; white space around it
/// and the semicolon are not part of it.
///
/// Three ints a token, then one int a literal, in one array:
///
///     marks = { start, end, kind | keyword << 8 | literal kind << 24 } × size, { token } × literalCount
public final class Lexed {
    static final int INTS_PER_TOKEN = 3;

    private final byte[] text;
    private final int start;
    private final int end;
    private final LexicalRules rules;
    private final int[] marks;
    private final int size;
    private final int parameterCount;
    private final boolean malformed;
    private final Fingerprint fingerprint;

    Lexed(
            byte[] text,
            int start,
            int end,
            LexicalRules rules,
            int[] marks,
            int size,
            int parameterCount,
            boolean malformed,
            Fingerprint fingerprint) {
        this.text = text;
        this.start = start;
        this.end = end;
        this.rules = rules;
        this.marks = marks;
        this.size = size;
        this.parameterCount = parameterCount;
        this.malformed = malformed;
        this.fingerprint = fingerprint;
    }

    /// The whole Query string that the statement is part of.
    public byte[] text() {
        return text;
    }

    /// The statement's first byte in [#text()].
    public int start() {
        return start;
    }

    /// One past the statement's last byte in [#text()].
    public int end() {
        return end;
    }

    /// Bytes.
    public int length() {
        return end - start;
    }

    /// The settings that the text was read with.
    public LexicalRules rules() {
        return rules;
    }

    /// The client's encoding.
    public Charset encoding() {
        return rules.encoding();
    }

    /// The fingerprint, made while lexing.
    public Fingerprint fingerprint() {
        return fingerprint;
    }

    /// Whether PostgreSQL's lexer would refuse the text. Then PostgreSQL refuses the whole Query that it is part of, before anything
    /// of it runs; send it as it is for PostgreSQL's own error.
    public boolean malformed() {
        return malformed;
    }

    /// Whether the bytes are a text in the client's encoding. PostgreSQL refuses any other.
    public boolean isText() {
        for (int i = start; i < end; i++) {
            if (text[i] < 0) {
                return decodes();
            }
        }
        return true;
    }

    private boolean decodes() {
        try {
            rules.encoding().newDecoder().decode(ByteBuffer.wrap(text, start, end - start));
            return true;
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    /// The greatest n of the `$n` in the statement, 0 if there is none.
    public int parameterCount() {
        return parameterCount;
    }

    /// Characters of the Query string before the statement: what to add to an error position.
    public int charStart() {
        return charCount(0, start);
    }

    /// Characters of the statement before a byte of it.
    public int charOffset(int offset) {
        return charCount(start, offset);
    }

    private int charCount(int from, int bytes) {
        return Literals.charCount(text, from, from + bytes, rules.encoding());
    }

    /// The statement's bytes, copied.
    public byte[] toBytes() {
        return slice(0, end - start);
    }

    /// Bytes of the statement, copied.
    public byte[] slice(int from, int to) {
        byte[] copy = new byte[to - from];
        System.arraycopy(text, start + from, copy, 0, copy.length);
        return copy;
    }

    /// Text of the statement, decoded.
    public String string(int from, int to) {
        return new String(text, start + from, to - from, rules.encoding());
    }

    /// The number of tokens, at least one.
    public int size() {
        return size;
    }

    /// What a token is.
    public TokenKind kind(int token) {
        return TokenKind.of(marks[token * INTS_PER_TOKEN + 2] & 0xff);
    }

    /// Where a token begins, in bytes from the statement's beginning.
    public int tokenStart(int token) {
        return marks[token * INTS_PER_TOKEN];
    }

    /// Where a token ends.
    public int tokenEnd(int token) {
        return marks[token * INTS_PER_TOKEN + 1];
    }

    /// The first token that begins at or after a byte of the statement, [#size()] if there is none.
    public int tokenAt(int offset) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (tokenStart(middle) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The token's text as written.
    public String raw(int token) {
        return string(tokenStart(token), tokenEnd(token));
    }

    /// Whether there is such a token and it is this key word, written without quotes in any case.
    ///
    /// @param lowerCase ASCII, lower case
    public boolean is(int token, String lowerCase) {
        if (token < 0 || token >= size || kind(token) != TokenKind.WORD) {
            return false;
        }
        int from = start + tokenStart(token);
        int length = tokenEnd(token) - tokenStart(token);
        if (length != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (Characters.lower(text[from + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Whether there is such a token and it is of this kind.
    public boolean is(int token, TokenKind kind) {
        return token >= 0 && token < size && kind(token) == kind;
    }

    /// Whether there is such a token and it is this operator.
    public boolean isOperator(int token, String operator) {
        return is(token, TokenKind.OPERATOR)
                && tokenEnd(token) - tokenStart(token) == operator.length()
                && raw(token).equals(operator);
    }

    /// The identifier that a [#kind] WORD, QUOTED or UNICODE_QUOTED stands for: folded, unquoted, cut to 63 bytes of UTF-8.
    public String identifier(int token) {
        return Literals.identifier(this, token);
    }

    /// The value of a string token of any kind but BIT_STRING and HEX_STRING, decoded.
    public String stringValue(int token) {
        return Literals.string(this, token);
    }

    /// The `n` of a `$n`.
    public int parameterNumber(int token) {
        return Literals.parameter(text, start + tokenStart(token), start + tokenEnd(token));
    }

    /// How many literals were lifted out. Always 0 for what is neither query nor DML.
    public int literalCount() {
        return marks.length - size * INTS_PER_TOKEN;
    }

    /// The token of a lifted literal.
    public int literalToken(int literal) {
        return marks[size * INTS_PER_TOKEN + literal];
    }

    /// Which lifted literal a token is, -1 if it is none.
    public int literalOf(int token) {
        int low = 0;
        int high = literalCount() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int found = literalToken(middle);
            if (found == token) {
                return middle;
            }
            if (found < token) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /// The type of a lifted literal.
    public LiteralKind literalKind(int literal) {
        return LiteralKind.of(marks[literalToken(literal) * INTS_PER_TOKEN + 2] >>> 24);
    }

    /// Where a lifted literal begins, in bytes from the statement's beginning.
    public int literalStart(int literal) {
        return tokenStart(literalToken(literal));
    }

    /// Where a lifted literal ends.
    public int literalEnd(int literal) {
        return tokenEnd(literalToken(literal));
    }

    /// The value of an INT4 or INT8 literal. Hot path: allocates nothing.
    public long literalLong(int literal) {
        int token = literalToken(literal);
        return Literals.integer(text, start + tokenStart(token), start + tokenEnd(token));
    }

    /// The value of a STRING literal, or the text of a number as written.
    public String literalText(int literal) {
        int token = literalToken(literal);
        return kind(token).isNumber() ? raw(token) : stringValue(token);
    }

    /// [#literalText] in UTF-8.
    public byte[] literalUtf8(int literal) {
        return Literals.utf8(this, literalToken(literal));
    }

    /// The statement that begins at a token and ends at another, with offsets of its own: the body of EXPLAIN, PREPARE, COPY and so on.
    ///
    /// @param toToken one past its last token
    public Lexed part(int fromToken, int toToken) {
        int from = start + tokenStart(fromToken);
        int to = start + tokenEnd(toToken - 1);
        return new Lexer().part(text, from, to, rules);
    }

    int mark(int token) {
        return marks[token * INTS_PER_TOKEN + 2];
    }

    /// The statement's text, for people.
    @Override
    public String toString() {
        return new String(text, start, end - start, rules.encoding());
    }
}
