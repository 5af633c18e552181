package io.shardgate.router.lex;

/// What a token is.
public enum TokenKind {
    /// A key word or an identifier without quotes.
    WORD,
    /// `"…"`
    QUOTED,
    /// `U&"…"`; a `UESCAPE '…'` behind it is two tokens of their own.
    UNICODE_QUOTED,
    /// `'…'`, with its continuations on further lines.
    STRING,
    /// `E'…'`, and `'…'` while standard_conforming_strings is off.
    ESCAPE_STRING,
    /// `U&'…'`; a `UESCAPE '…'` behind it is two tokens of their own.
    UNICODE_STRING,
    /// `$tag$…$tag$`
    DOLLAR_STRING,
    /// `N'…'`, a bpchar.
    NATIONAL_STRING,
    /// `B'…'`
    BIT_STRING,
    /// `X'…'`
    HEX_STRING,
    /// Digits, also `0x1F`, `0o17`, `0b101`, `1_000`; no sign, a minus is an operator before it.
    INTEGER,
    /// A number with a point or an exponent.
    DECIMAL,
    /// `$1`
    PARAMETER,
    /// One or more of `+ - * / < > = ~ ! @ # % ^ & | ?` and the grave accent.
    OPERATOR,
    /// `,`
    COMMA,
    /// `(`
    OPEN,
    /// `)`
    CLOSE,
    /// `[`
    OPEN_BRACKET,
    /// `]`
    CLOSE_BRACKET,
    /// `.`
    DOT,
    /// `..`
    DOT_DOT,
    /// `:`
    COLON,
    /// `::`
    CAST,
    /// `:=`
    ASSIGN,
    /// `=>`
    ARROW,
    /// `;` inside parentheses or a BEGIN ATOMIC body; others end the statement and are no token.
    SEMICOLON,
    /// Anything that PostgreSQL's lexer refuses; the statement is malformed.
    UNKNOWN;

    private static final TokenKind[] ALL = values();

    static TokenKind of(int code) {
        return ALL[code];
    }

    /// What stands for it in a tape; good for this process only.
    @SuppressWarnings("EnumOrdinal")
    int code() {
        return ordinal();
    }

    /// Whether the token is a string constant of type unknown: [#STRING], [#ESCAPE_STRING], [#UNICODE_STRING] or [#DOLLAR_STRING].
    public boolean isString() {
        return this == STRING || this == ESCAPE_STRING || this == UNICODE_STRING || this == DOLLAR_STRING;
    }

    /// Whether the token is [#INTEGER] or [#DECIMAL].
    public boolean isNumber() {
        return this == INTEGER || this == DECIMAL;
    }

    /// Whether the token can be an identifier: [#WORD], [#QUOTED] or [#UNICODE_QUOTED].
    public boolean isName() {
        return this == WORD || this == QUOTED || this == UNICODE_QUOTED;
    }
}
