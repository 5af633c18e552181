package io.shardgate.router.lex;

/// Where single tokens end, by the rules of PostgreSQL's `scan.l`. Pure.
///
/// Every method returns the offset behind the token, or its complement (`~offset`, negative) when PostgreSQL's lexer would refuse it.
final class Scan {
    /// NAMEDATALEN - 1, for operators too.
    private static final int MAX_OPERATOR_BYTES = 63;

    private Scan() {}

    /// Behind a nested comment that begins here.
    static int blockComment(byte[] text, int from, int limit) {
        int depth = 1;
        int i = from + 2;
        while (i + 1 < limit) {
            if (text[i] == '*' && text[i + 1] == '/') {
                i += 2;
                if (--depth == 0) {
                    return i;
                }
            } else if (text[i] == '/' && text[i + 1] == '*') {
                depth++;
                i += 2;
            } else {
                i++;
            }
        }
        return ~limit;
    }

    /// At the newline that ends a `--` comment, or at the limit.
    static int lineComment(byte[] text, int from, int limit) {
        int i = from + 2;
        while (i < limit && !Characters.isNewline(text[i])) {
            i++;
        }
        return i;
    }

    /// Behind a string with all its continuations.
    ///
    /// @param from at the opening quote
    static int string(byte[] text, int from, int limit, boolean escapes) {
        int i = from;
        while (true) {
            i = stringPiece(text, i + 1, limit, escapes);
            if (i < 0) {
                return i;
            }
            int next = continuation(text, i, limit);
            if (next < 0) {
                return i;
            }
            i = next;
        }
    }

    private static int stringPiece(byte[] text, int from, int limit, boolean escapes) {
        int i = from;
        while (i < limit) {
            byte c = text[i];
            if (c == '\'') {
                if (i + 1 >= limit || text[i + 1] != '\'') {
                    return i + 1;
                }
                i += 2;
            } else if (c == '\\' && escapes) {
                i += 2;
            } else {
                i++;
            }
        }
        return ~limit;
    }

    /// The quote that goes on with a string after white space with a newline in it; -1 if there is none. Line comments are white space, block comments are not.
    private static int continuation(byte[] text, int from, int limit) {
        boolean newline = false;
        int i = from;
        while (i < limit) {
            byte c = text[i];
            if (Characters.isSpace(c)) {
                newline |= Characters.isNewline(c);
                i++;
            } else if (c == '-' && i + 1 < limit && text[i + 1] == '-') {
                i = lineComment(text, i, limit);
            } else {
                return newline && c == '\'' ? i : -1;
            }
        }
        return -1;
    }

    /// Behind a `"…"`, refused when there is nothing in it.
    static int quotedIdentifier(byte[] text, int from, int limit) {
        int i = from + 1;
        while (i < limit) {
            if (text[i] != '"') {
                i++;
            } else if (i + 1 < limit && text[i + 1] == '"') {
                i += 2;
            } else {
                return i == from + 1 ? ~(i + 1) : i + 1;
            }
        }
        return ~limit;
    }

    /// Behind a `$tag$…$tag$`; `~(from + 1)` when the dollar opens no quote.
    static int dollarString(byte[] text, int from, int limit) {
        int i = from + 1;
        if (i < limit && Characters.isWordStart(text[i])) {
            i++;
            while (i < limit && Characters.isTagPart(text[i])) {
                i++;
            }
        }
        if (i >= limit || text[i] != '$') {
            return ~(from + 1);
        }
        int length = i + 1 - from;
        for (int at = i + 1; at + length <= limit; at++) {
            if (text[at] == '$' && sameBytes(text, from, at, length)) {
                return at + length;
            }
        }
        return ~limit;
    }

    private static boolean sameBytes(byte[] text, int a, int b, int length) {
        for (int i = 0; i < length; i++) {
            if (text[a + i] != text[b + i]) {
                return false;
            }
        }
        return true;
    }

    static int word(byte[] text, int from, int limit) {
        int i = from + 1;
        while (i < limit && Characters.isWordPart(text[i])) {
            i++;
        }
        return i;
    }

    /// Behind a `$n`.
    static int parameter(byte[] text, int from, int limit) {
        int i = from + 1;
        long number = 0;
        while (i < limit && Characters.isDigit(text[i])) {
            number = Math.min(number * 10 + text[i] - '0', Integer.MAX_VALUE + 1L);
            i++;
        }
        return number > Integer.MAX_VALUE ? ~i : withoutJunk(text, i, limit);
    }

    /// Behind a number. It is an integer when no point and no exponent stands in it, see [#isInteger].
    static int number(byte[] text, int from, int limit) {
        if (text[from] == '0' && from + 1 < limit) {
            int base = baseOf(text[from + 1]);
            if (base > 0) {
                int end = digits(text, from + 2, limit, base, true);
                return end == from + 2 ? ~end : withoutJunk(text, end, limit);
            }
        }
        int i = digits(text, from, limit, 10, false);
        if (i < limit && text[i] == '.' && !(i > from && i + 1 < limit && text[i + 1] == '.')) {
            i = digits(text, i + 1, limit, 10, false);
        }
        if (i < limit && (text[i] | 0x20) == 'e') {
            int sign = i + 1 < limit && (text[i + 1] == '+' || text[i + 1] == '-') ? 1 : 0;
            int end = digits(text, i + 1 + sign, limit, 10, false);
            if (end == i + 1 + sign) {
                return ~end;
            }
            i = end;
        }
        return withoutJunk(text, i, limit);
    }

    static boolean isInteger(byte[] text, int from, int to) {
        if (text[from] == '0' && from + 1 < to && baseOf(text[from + 1]) > 0) {
            return true;
        }
        for (int i = from; i < to; i++) {
            if (!Characters.isDigit(text[i]) && text[i] != '_') {
                return false;
            }
        }
        return true;
    }

    private static int baseOf(byte c) {
        return switch (c | 0x20) {
            case 'x' -> 16;
            case 'o' -> 8;
            case 'b' -> 2;
            default -> 0;
        };
    }

    /// Behind digits with single underscores between them.
    private static int digits(byte[] text, int from, int limit, int base, boolean underscoreFirst) {
        int i = from;
        while (i < limit) {
            if (Characters.digit(text[i], base) >= 0) {
                i++;
            } else if (text[i] == '_'
                    && (i > from || underscoreFirst)
                    && i + 1 < limit
                    && Characters.digit(text[i + 1], base) >= 0) {
                i += 2;
            } else {
                break;
            }
        }
        return i;
    }

    /// PostgreSQL 15 and later refuse a word that touches a number.
    private static int withoutJunk(byte[] text, int end, int limit) {
        return end < limit && Characters.isWordStart(text[end]) ? ~word(text, end, limit) : end;
    }

    /// Behind an operator: it ends before a comment, and in `+` or `-` only if it has a character in it that SQL's own operators lack.
    static int operator(byte[] text, int from, int limit) {
        int end = from;
        boolean trailingSign = false;
        while (end < limit && Characters.isOperator(text[end]) && !beginsComment(text, end, limit)) {
            trailingSign |= Characters.allowsTrailingSign(text[end]);
            end++;
        }
        while (!trailingSign && end - from > 1 && (text[end - 1] == '+' || text[end - 1] == '-')) {
            end--;
        }
        return end - from > MAX_OPERATOR_BYTES ? ~end : end;
    }

    static boolean beginsComment(byte[] text, int i, int limit) {
        return i + 1 < limit && ((text[i] == '-' && text[i + 1] == '-') || (text[i] == '/' && text[i + 1] == '*'));
    }
}
