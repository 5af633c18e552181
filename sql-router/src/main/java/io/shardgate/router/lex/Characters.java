package io.shardgate.router.lex;

/// The classes of characters in PostgreSQL's `scan.l`.
final class Characters {
    private static final byte SPACE = 1;
    private static final byte WORD_START = 2;
    private static final byte DIGIT = 4;
    private static final byte OPERATOR = 8;
    private static final byte LONE = 16;
    private static final byte[] CLASS = new byte[256];

    static {
        mark(" \t\n\r\f\u000b", SPACE);
        mark("0123456789", DIGIT);
        mark("~!@#^&|`?+-*/%<>=", OPERATOR);
        mark("~!@#^&|`?%", LONE);
        mark("_", WORD_START);
        for (int c = 'a'; c <= 'z'; c++) {
            CLASS[c] |= WORD_START;
            CLASS[c - 'a' + 'A'] |= WORD_START;
        }
        for (int c = 0x80; c < 0x100; c++) {
            CLASS[c] |= WORD_START;
        }
    }

    private Characters() {}

    private static void mark(String characters, byte bit) {
        for (int i = 0; i < characters.length(); i++) {
            CLASS[characters.charAt(i)] |= bit;
        }
    }

    static boolean isSpace(byte c) {
        return (CLASS[c & 0xff] & SPACE) != 0;
    }

    static boolean isWordStart(byte c) {
        return (CLASS[c & 0xff] & WORD_START) != 0;
    }

    static boolean isWordPart(byte c) {
        return (CLASS[c & 0xff] & (WORD_START | DIGIT)) != 0 || c == '$';
    }

    /// A dollar quote's tag has no dollar in it.
    static boolean isTagPart(byte c) {
        return (CLASS[c & 0xff] & (WORD_START | DIGIT)) != 0;
    }

    static boolean isDigit(byte c) {
        return (CLASS[c & 0xff] & DIGIT) != 0;
    }

    static boolean isOperator(byte c) {
        return (CLASS[c & 0xff] & OPERATOR) != 0;
    }

    /// Whether an operator with this character in it may end in `+` or `-`.
    static boolean allowsTrailingSign(byte c) {
        return (CLASS[c & 0xff] & LONE) != 0;
    }

    static boolean isNewline(byte c) {
        return c == '\n' || c == '\r';
    }

    /// The value of a digit in a base up to 16, -1 if it is none.
    static int digit(byte c, int base) {
        int value = Character.digit(c, 16);
        return value < base ? value : -1;
    }

    static int lower(byte c) {
        return c >= 'A' && c <= 'Z' ? c + 32 : c & 0xff;
    }
}
