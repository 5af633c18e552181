package io.shardgate.router.lex;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cuts the text of a Query or Parse message into statements and tokens.
/// Not thread-safe; owned by the event loop that reads the messages, which keeps it for its buffers.
///
/// Hot path: allocates the [Lexed], its fingerprint and its array of marks, nothing else.
public final class Lexer {
    private static final byte[] NO_TEXT = {};

    private final Tape tape = new Tape();
    private final Lifting lifting = new Lifting(tape);
    private final FingerprintHash hash = new FingerprintHash();

    private byte[] text = NO_TEXT;
    private int at;
    private int limit;
    private int start;
    private int end;
    private LexicalRules rules = LexicalRules.DEFAULT;
    private boolean malformed;
    private int parameterCount;
    /// Open parentheses.
    private int depth;
    /// Open BEGIN ATOMIC and the CASEs in it.
    private int atomicDepth;

    /// An empty one; buffers grow as needed.
    public Lexer() {}

    /// The statements of a Query string, in order; without the empty ones, so none for a text without any token.
    ///
    /// Statements end at semicolons outside parentheses and outside the BEGIN ATOMIC body of a function.
    /// Where one is [Lexed#malformed], PostgreSQL refuses all of them before it runs the first.
    public List<Lexed> statements(byte[] query, LexicalRules rules) {
        open(query, 0, query.length, rules);
        Lexed first = next(false);
        if (first == null) {
            close();
            return List.of();
        }
        Lexed second = next(false);
        if (second == null) {
            close();
            return List.of(first);
        }
        List<Lexed> all = new ArrayList<>();
        all.add(first);
        for (Lexed following = second; following != null; following = next(false)) {
            all.add(following);
        }
        close();
        return List.copyOf(all);
    }

    /// One statement of which the place is known and which has a token.
    Lexed part(byte[] text, int from, int to, LexicalRules rules) {
        open(text, from, to, rules);
        Lexed lexed = next(true);
        close();
        if (lexed == null) {
            throw new IllegalArgumentException("part: no token between " + from + " and " + to);
        }
        return lexed;
    }

    private void open(byte[] text, int from, int to, LexicalRules rules) {
        this.text = text;
        this.at = from;
        this.limit = to;
        this.rules = rules;
    }

    private void close() {
        text = NO_TEXT;
    }

    /// The next statement that has a token.
    ///
    /// @param whole whether semicolons are tokens like others
    private @Nullable Lexed next(boolean whole) {
        while (at < limit) {
            begin();
            readTokens(whole);
            if (tape.size() > 0) {
                return finish();
            }
        }
        return null;
    }

    private void begin() {
        while (at < limit && Characters.isSpace(text[at])) {
            at++;
        }
        start = at;
        end = at;
        malformed = false;
        parameterCount = 0;
        depth = 0;
        atomicDepth = 0;
        tape.clear();
    }

    private Lexed finish() {
        hash.reset(rules);
        if (!malformed && lifting.applies()) {
            lifting.run(text, start, hash);
        } else {
            hash.exact(malformed ? 1 : 0, text, start, end);
        }
        return new Lexed(text, start, end, rules, tape.toMarks(), tape.size(), parameterCount, malformed, hash.sum());
    }

    /// Reads up to and over the semicolon that ends the statement.
    private void readTokens(boolean whole) {
        while (true) {
            skipBlank();
            if (at >= limit) {
                return;
            }
            if (text[at] == ';' && depth == 0 && atomicDepth == 0 && !whole) {
                at++;
                return;
            }
            readToken();
            end = at;
        }
    }

    private void skipBlank() {
        while (at < limit) {
            byte c = text[at];
            if (Characters.isSpace(c)) {
                at++;
            } else if (c == '-' && Scan.beginsComment(text, at, limit)) {
                at = Scan.lineComment(text, at, limit);
                end = at;
            } else if (c == '/' && Scan.beginsComment(text, at, limit)) {
                skipBlockComment();
            } else {
                return;
            }
        }
    }

    /// One without an end is a token, so that PostgreSQL gets it and says so.
    private void skipBlockComment() {
        int behind = Scan.blockComment(text, at, limit);
        if (behind < 0) {
            add(behind, TokenKind.UNKNOWN);
        }
        at = behind < 0 ? ~behind : behind;
        end = at;
    }

    private void readToken() {
        byte c = text[at];
        if (Characters.isWordStart(c)) {
            readWord(c);
        } else if (Characters.isDigit(c)) {
            readNumber();
        } else if (Characters.isOperator(c)) {
            readOperator();
        } else {
            readOther(c);
        }
    }

    private void readOther(byte c) {
        switch (c) {
            case '\'' -> {
                boolean plain = rules.standardConformingStrings();
                add(Scan.string(text, at, limit, !plain), plain ? TokenKind.STRING : TokenKind.ESCAPE_STRING);
            }
            case '"' -> readQuoted();
            case '$' -> readDollar();
            case ',' -> add(at + 1, TokenKind.COMMA);
            case '(' -> {
                depth++;
                add(at + 1, TokenKind.OPEN);
            }
            case ')' -> {
                depth = Math.max(0, depth - 1);
                add(at + 1, TokenKind.CLOSE);
            }
            case '[' -> add(at + 1, TokenKind.OPEN_BRACKET);
            case ']' -> add(at + 1, TokenKind.CLOSE_BRACKET);
            case ';' -> add(at + 1, TokenKind.SEMICOLON);
            case '.' -> readDot();
            case ':' -> {
                boolean cast = isAt(at + 1, ':');
                boolean assign = isAt(at + 1, '=');
                add(at + (cast || assign ? 2 : 1), cast ? TokenKind.CAST : assign ? TokenKind.ASSIGN : TokenKind.COLON);
            }
            default -> add(~(at + 1), TokenKind.UNKNOWN);
        }
    }

    private boolean isAt(int offset, char c) {
        return offset < limit && text[offset] == c;
    }

    private void add(int behind, TokenKind kind) {
        add(behind, kind, Keyword.NONE);
    }

    /// @param behind as [Scan] returns it
    private void add(int behind, TokenKind kind, Keyword keyword) {
        int offset = behind < 0 ? ~behind : behind;
        malformed |= behind < 0;
        tape.add(at - start, offset - start, kind, keyword);
        at = offset;
    }

    /// A word, or a string or identifier with a letter before its quote.
    private void readWord(byte c) {
        if (isAt(at + 1, '\'')) {
            TokenKind kind =
                    switch (c | 0x20) {
                        case 'e' -> TokenKind.ESCAPE_STRING;
                        case 'b' -> TokenKind.BIT_STRING;
                        case 'x' -> TokenKind.HEX_STRING;
                        case 'n' -> TokenKind.NATIONAL_STRING;
                        default -> TokenKind.WORD;
                    };
            if (kind != TokenKind.WORD) {
                boolean escapes = kind == TokenKind.ESCAPE_STRING
                        || (kind == TokenKind.NATIONAL_STRING && !rules.standardConformingStrings());
                add(Scan.string(text, at + 1, limit, escapes), kind);
                return;
            }
        }
        if ((c | 0x20) == 'u' && isAt(at + 1, '&')) {
            if (isAt(at + 2, '\'')) {
                int behind = Scan.string(text, at + 2, limit, false);
                boolean allowed = rules.standardConformingStrings() || behind < 0;
                add(allowed ? behind : ~behind, TokenKind.UNICODE_STRING);
                return;
            }
            if (isAt(at + 2, '"')) {
                add(Scan.quotedIdentifier(text, at + 2, limit), TokenKind.UNICODE_QUOTED);
                return;
            }
        }
        int behind = Scan.word(text, at, limit);
        Keyword keyword = Keyword.at(text, at, behind);
        followAtomicBody(keyword);
        add(behind, TokenKind.WORD, keyword);
    }

    /// `CREATE [OR REPLACE] FUNCTION … BEGIN ATOMIC … CASE … END … END`
    private void followAtomicBody(Keyword keyword) {
        int last = tape.size() - 1;
        switch (keyword) {
            case ATOMIC -> {
                if (atomicDepth == 0 && tape.keyword(last) == Keyword.BEGIN && createsRoutine()) {
                    atomicDepth = 1;
                }
            }
            case CASE -> {
                if (atomicDepth > 0 && !namesColumn(last)) {
                    atomicDepth++;
                }
            }
            case END -> {
                if (atomicDepth > 0 && !namesColumn(last)) {
                    atomicDepth--;
                }
            }
            default -> {}
        }
    }

    private boolean createsRoutine() {
        int what = tape.keyword(1) == Keyword.OR ? 3 : 1;
        Keyword keyword = tape.keyword(what);
        return tape.keyword(0) == Keyword.CREATE && (keyword == Keyword.FUNCTION || keyword == Keyword.PROCEDURE);
    }

    private boolean namesColumn(int before) {
        return tape.kind(before) == TokenKind.DOT || tape.keyword(before) == Keyword.AS;
    }

    private void readQuoted() {
        int behind = Scan.quotedIdentifier(text, at, limit);
        boolean maybeCall = behind > 0 && isAt(behind, '(');
        Keyword keyword = maybeCall ? Keyword.at(text, at + 1, behind - 1) : Keyword.NONE;
        add(behind, TokenKind.QUOTED, keyword.role == Keyword.Role.NAMES_OBJECT ? keyword : Keyword.NONE);
    }

    private void readNumber() {
        int behind = Scan.number(text, at, limit);
        boolean integer = Scan.isInteger(text, at, behind < 0 ? ~behind : behind);
        add(behind, integer ? TokenKind.INTEGER : TokenKind.DECIMAL);
    }

    private void readDot() {
        if (at + 1 < limit && Characters.isDigit(text[at + 1])) {
            add(Scan.number(text, at, limit), TokenKind.DECIMAL);
        } else if (isAt(at + 1, '.')) {
            add(at + 2, TokenKind.DOT_DOT);
        } else {
            add(at + 1, TokenKind.DOT);
        }
    }

    private void readDollar() {
        if (at + 1 < limit && Characters.isDigit(text[at + 1])) {
            int behind = Scan.parameter(text, at, limit);
            if (behind >= 0) {
                parameterCount = Math.max(parameterCount, Literals.parameter(text, at, behind));
            }
            add(behind, TokenKind.PARAMETER);
        } else {
            int behind = Scan.dollarString(text, at, limit);
            add(behind, behind == ~(at + 1) ? TokenKind.UNKNOWN : TokenKind.DOLLAR_STRING);
        }
    }

    private void readOperator() {
        int behind = Scan.operator(text, at, limit);
        boolean arrow = behind == at + 2 && text[at] == '=' && text[at + 1] == '>';
        add(behind, arrow ? TokenKind.ARROW : TokenKind.OPERATOR);
    }
}
