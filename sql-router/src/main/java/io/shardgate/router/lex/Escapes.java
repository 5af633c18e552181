package io.shardgate.router.lex;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;

/// The backslash escapes of `E'…'`.
///
///     \b \f \n \r \t \v    \o \oo \ooo (octal)    \xh \xhh    \ and u with 4 digits, U with 8    any other stands for itself
final class Escapes {
    private Escapes() {}

    /// Writes what the escape stands for and returns the offset behind it.
    ///
    /// @param i behind the backslash, inside the string
    static int resolve(byte[] text, int i, int end, ByteArrayOutputStream out, Charset encoding) {
        byte c = text[i];
        switch (c) {
            case 'b' -> out.write('\b');
            case 'f' -> out.write('\f');
            case 'n' -> out.write('\n');
            case 'r' -> out.write('\r');
            case 't' -> out.write('\t');
            case 'v' -> out.write(0x0b);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                return number(text, i, Math.min(i + 3, end), 8, out);
            }
            case 'x' -> {
                if (Characters.digit(text[i + 1], 16) >= 0) {
                    return number(text, i + 1, Math.min(i + 3, end), 16, out);
                }
                out.write(c);
            }
            case 'u', 'U' -> {
                return unicode(text, i, end, out, encoding);
            }
            default -> out.write(c);
        }
        return i + 1;
    }

    private static int number(byte[] text, int from, int to, int base, ByteArrayOutputStream out) {
        int value = 0;
        int i = from;
        while (i < to && Characters.digit(text[i], base) >= 0) {
            value = value * base + Characters.digit(text[i], base);
            i++;
        }
        out.write(value);
        return i;
    }

    private static int unicode(byte[] text, int i, int end, ByteArrayOutputStream out, Charset encoding) {
        int digits = text[i] == 'u' ? 4 : 8;
        int first = codePoint(text, i + 1, digits, end);
        if (first < 0) {
            out.write(text[i]);
            return i + 1;
        }
        int next = i + 1 + digits;
        String decoded = Character.toString(first);
        if (Character.isHighSurrogate((char) first) && first < 0x10000 && next + 1 < end && text[next] == '\\') {
            int secondDigits = text[next + 1] == 'u' ? 4 : 8;
            int second = codePoint(text, next + 2, secondDigits, end);
            if (second >= 0 && second < 0x10000 && Character.isLowSurrogate((char) second)) {
                decoded = Character.toString(Character.toCodePoint((char) first, (char) second));
                next += 2 + secondDigits;
            }
        }
        out.writeBytes(decoded.getBytes(encoding));
        return next;
    }

    /// -1 unless that many hexadecimal digits stand there and make a code point.
    static int codePoint(byte[] text, int from, int digits, int end) {
        if (from + digits > end) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = Characters.digit(text[i], 16);
            if (digit < 0) {
                return -1;
            }
            value = value * 16 + digit;
        }
        return value <= Character.MAX_CODE_POINT ? (int) value : -1;
    }
}
