package io.shardgate.router.lex;

import java.util.Arrays;

/// Decides which literals of a query or DML are lifted out of its fingerprint, and sums up the rest.
/// Not thread-safe; owned by its [Lexer].
///
/// Lifted are numbers and strings that are operands. A minus is an operator before its number. These stay, because what the statement means hangs on them:
///
/// - numbers in ORDER BY, GROUP BY, PARTITION BY, DISTINCT ON, LIMIT, OFFSET, FETCH: positions and limits
/// - typmods: `numeric(10,2)`, `x::varchar(20)`, `CAST(x AS t(3))`, `current_timestamp(3)`
/// - strings right behind a name, which is then a type: `date '2020-01-01'`, `interval '1 day'`
/// - strings that name objects: `nextval('s')`, `'t'::regclass`, `set_config('name', …)`
/// - bit strings, national strings, `UESCAPE` with its string
///
/// When in doubt one stays: it costs a plan, never a wrong one. Lists keep their length: equal fingerprints mean equal token counts.
///
/// One byte a parenthesis, of four bits:
///
///     1  numbers stay in this whole parenthesis
///     2  numbers stay to the end of the clause
///     4  all literals stay down to the first comma
///     8  all literals stay in this whole parenthesis
final class Lifting {
    private static final int NUMBERS_STAY = 1;
    private static final int CLAUSE_NUMBERS_STAY = 2;
    private static final int FIRST_STAYS = 4;
    private static final int ALL_STAY = 8;
    private static final int FIRST_CAPACITY = 32;
    private static final int KEPT_CAPACITY = 4_096;

    private final Tape tape;
    private byte[] levels = new byte[FIRST_CAPACITY];
    private int level;

    Lifting(Tape tape) {
        this.tape = tape;
    }

    boolean applies() {
        return tape.kind(0) == TokenKind.OPEN || tape.keyword(0).beginsQuery();
    }

    void run(byte[] text, int start, FingerprintHash hash) {
        level = 0;
        if (levels.length > KEPT_CAPACITY) {
            levels = new byte[FIRST_CAPACITY];
        }
        levels[0] = 0;
        hash.kind(TokenKind.UNKNOWN.code());
        for (int token = 0; token < tape.size(); token++) {
            take(token, text, start, hash);
        }
    }

    private void take(int token, byte[] text, int start, FingerprintHash hash) {
        TokenKind kind = tape.kind(token);
        int from = start + tape.start(token);
        int to = start + tape.end(token);
        switch (kind) {
            case WORD -> {
                follow(tape.keyword(token).role);
                hash.folded(kind.code(), text, from, to);
            }
            case INTEGER, DECIMAL -> {
                if (numberStays()) {
                    hash.exact(kind.code(), text, from, to);
                } else {
                    lift(token, numberKind(kind, text, from, to), hash);
                }
            }
            case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING -> {
                if (stringStays(token)) {
                    hash.exact(kind.code(), text, from, to);
                } else {
                    lift(token, LiteralKind.STRING, hash);
                }
            }
            case OPEN -> {
                push(opened(token));
                hash.kind(kind.code());
            }
            case CLOSE -> {
                level = Math.max(0, level - 1);
                hash.kind(kind.code());
            }
            case COMMA -> {
                levels[level] &= ~FIRST_STAYS;
                hash.kind(kind.code());
            }
            case OPEN_BRACKET, CLOSE_BRACKET, DOT, DOT_DOT, COLON, CAST, ASSIGN, ARROW, SEMICOLON -> hash.kind(kind.code());
            case QUOTED, UNICODE_QUOTED, NATIONAL_STRING, BIT_STRING, HEX_STRING, PARAMETER, OPERATOR, UNKNOWN ->
                hash.exact(kind.code(), text, from, to);
        }
    }

    private void lift(int token, LiteralKind kind, FingerprintHash hash) {
        tape.lift(token, kind);
        hash.kind(0x80 | kind.code());
    }

    private static LiteralKind numberKind(TokenKind kind, byte[] text, int from, int to) {
        if (kind == TokenKind.DECIMAL) {
            return LiteralKind.NUMERIC;
        }
        long value = Literals.integer(text, from, to);
        return value < 0 ? LiteralKind.NUMERIC : value <= Integer.MAX_VALUE ? LiteralKind.INT4 : LiteralKind.INT8;
    }

    private void follow(Keyword.Role role) {
        switch (role) {
            case KEEP_NUMBERS -> levels[level] |= CLAUSE_NUMBERS_STAY;
            case ENDS_KEEPING -> levels[level] &= ~CLAUSE_NUMBERS_STAY;
            case NAME, CLAUSE, OPERAND, TYPE, NAMES_OBJECT, OBJECT_TYPE -> {}
        }
    }

    private boolean numberStays() {
        return levels[level] != 0;
    }

    private boolean stringStays(int token) {
        return (levels[level] & (FIRST_STAYS | ALL_STAY)) != 0 || !operandFollows(token - 1) || escapeFollows(token) || becomesObject(token + 1);
    }

    /// Whether a string behind this token is an operand of its own and not the value of a type that is named before it.
    private boolean operandFollows(int before) {
        return switch (tape.kind(before)) {
            case OPERATOR, COMMA, OPEN, OPEN_BRACKET, COLON, ASSIGN, ARROW -> true;
            case WORD -> tape.keyword(before).role == Keyword.Role.OPERAND && tape.kind(before - 1) != TokenKind.DOT;
            case QUOTED, UNICODE_QUOTED, STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING, NATIONAL_STRING, BIT_STRING, HEX_STRING,
                    INTEGER, DECIMAL, PARAMETER, CLOSE, CLOSE_BRACKET, DOT, DOT_DOT, CAST, SEMICOLON, UNKNOWN ->
                false;
        };
    }

    private boolean escapeFollows(int token) {
        return tape.keyword(token + 1) == Keyword.UESCAPE;
    }

    /// `::regclass`, `::pg_catalog.regclass`, `AS regclass`
    private boolean becomesObject(int next) {
        if (tape.kind(next) != TokenKind.CAST && tape.keyword(next) != Keyword.AS) {
            return false;
        }
        int type = tape.kind(next + 2) == TokenKind.DOT ? next + 3 : next + 1;
        return tape.keyword(type).role == Keyword.Role.OBJECT_TYPE;
    }

    private void push(int bits) {
        level++;
        if (level == levels.length) {
            levels = Arrays.copyOf(levels, levels.length * 2);
        }
        levels[level] = (byte) bits;
    }

    private int opened(int token) {
        int inherited = inherited(levels[level]);
        Keyword before = tape.keyword(token - 1);
        return switch (before.role) {
            case TYPE -> inherited | NUMBERS_STAY;
            case NAMES_OBJECT, OBJECT_TYPE -> inherited | FIRST_STAYS;
            case NAME -> tape.kind(token - 1).isName() && namesType(token - 1) ? inherited | NUMBERS_STAY : inherited;
            case ENDS_KEEPING -> before == Keyword.ON && tape.keyword(token - 2) == Keyword.DISTINCT ? inherited | NUMBERS_STAY : inherited;
            case CLAUSE, OPERAND, KEEP_NUMBERS -> inherited;
        };
    }

    private static int inherited(int bits) {
        int numbers = (bits & (NUMBERS_STAY | CLAUSE_NUMBERS_STAY)) != 0 ? NUMBERS_STAY : 0;
        int all = (bits & (FIRST_STAYS | ALL_STAY)) != 0 ? ALL_STAY : 0;
        return numbers | all;
    }

    /// Whether the name that ends here is a type's: behind `::`, behind AS, or behind another name, as in a column definition.
    private boolean namesType(int last) {
        int first = last;
        while (tape.kind(first - 1) == TokenKind.DOT && tape.kind(first - 2).isName()) {
            first -= 2;
        }
        TokenKind before = tape.kind(first - 1);
        return before == TokenKind.CAST
                || tape.keyword(first - 1) == Keyword.AS
                || (before.isName() && tape.keyword(first - 1).role == Keyword.Role.NAME);
    }
}
