package io.shardgate.router.lex;

/// The type that PostgreSQL gives a lifted literal, told by its text alone, without a minus before it.
/// Part of the fingerprint, because it decides which operator or function is meant.
public enum LiteralKind {
    /// Up to 2,147,483,647.
    INT4,
    /// Up to 9,223,372,036,854,775,807.
    INT8,
    /// Everything greater, and whatever has a point or an exponent.
    NUMERIC,
    /// A string constant of type unknown.
    STRING;

    private static final LiteralKind[] ALL = values();

    static LiteralKind of(int code) {
        return ALL[code];
    }

    /// What stands for it in a tape; good for this process only.
    @SuppressWarnings("EnumOrdinal")
    int code() {
        return ordinal();
    }
}
