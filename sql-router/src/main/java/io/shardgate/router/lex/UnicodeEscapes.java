package io.shardgate.router.lex;

/// The escapes of `U&'…'` and `U&"…"`: `\xxxx`, `\+xxxxxx`, `\\`, with an escape character of choice.
final class UnicodeEscapes {
    private UnicodeEscapes() {}

    /// What PostgreSQL would refuse is left as it is: the server says so.
    static String decode(String text, char escape) {
        if (text.indexOf(escape) < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c != escape) {
                out.append(c);
                i++;
                continue;
            }
            i = one(text, i + 1, escape, out);
        }
        return out.toString();
    }

    private static int one(String text, int i, char escape, StringBuilder out) {
        if (i < text.length() && text.charAt(i) == escape) {
            out.append(escape);
            return i + 1;
        }
        boolean wide = i < text.length() && text.charAt(i) == '+';
        int from = wide ? i + 1 : i;
        int to = from + (wide ? 6 : 4);
        int codePoint = to <= text.length() ? codePoint(text, from, to) : -1;
        if (codePoint < 0) {
            out.append(escape);
            return i;
        }
        if (codePoint < 0x10000) {
            out.append((char) codePoint);
        } else {
            out.appendCodePoint(codePoint);
        }
        return to;
    }

    private static int codePoint(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        return value <= Character.MAX_CODE_POINT ? value : -1;
    }
}
