package io.shardgate.router.lex;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// What tokens stand for: identifiers folded and unquoted, strings without their quotes and escapes, numbers.
final class Literals {
    /// NAMEDATALEN - 1: PostgreSQL cuts longer identifiers, with a notice.
    static final int MAX_IDENTIFIER_BYTES = 63;

    private Literals() {}

    static String identifier(Lexed lexed, int token) {
        String name =
                switch (lexed.kind(token)) {
                    case QUOTED -> lexed.string(lexed.tokenStart(token) + 1, lexed.tokenEnd(token) - 1).replace("\"\"", "\"");
                    case UNICODE_QUOTED -> UnicodeEscapes.decode(
                            lexed.string(lexed.tokenStart(token) + 3, lexed.tokenEnd(token) - 1).replace("\"\"", "\""),
                            unicodeEscape(lexed, token));
                    default -> foldAscii(lexed.raw(token));
                };
        return cut(name);
    }

    private static String foldAscii(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) > 0x7f) {
                return foldMixed(word);
            }
        }
        return word.toLowerCase(Locale.ROOT);
    }

    private static String foldMixed(String word) {
        char[] folded = word.toCharArray();
        for (int i = 0; i < folded.length; i++) {
            if (folded[i] >= 'A' && folded[i] <= 'Z') {
                folded[i] = (char) (folded[i] + 32);
            }
        }
        return new String(folded);
    }

    /// Cuts at a character's boundary, counting the bytes of UTF-8, which the shards store names in.
    private static String cut(String name) {
        if (name.length() * 3 <= MAX_IDENTIFIER_BYTES) {
            return name;
        }
        int bytes = 0;
        for (int i = 0; i < name.length(); ) {
            int c = name.codePointAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            if (bytes > MAX_IDENTIFIER_BYTES) {
                return name.substring(0, i);
            }
            i += Character.charCount(c);
        }
        return name;
    }

    static String string(Lexed lexed, int token) {
        TokenKind kind = lexed.kind(token);
        if (kind == TokenKind.DOLLAR_STRING) {
            int tag = 1;
            while (lexed.text()[lexed.start() + lexed.tokenStart(token) + tag] != '$') {
                tag++;
            }
            return lexed.string(lexed.tokenStart(token) + tag + 1, lexed.tokenEnd(token) - tag - 1);
        }
        if (hasEscapes(lexed, kind)) {
            return new String(unescaped(lexed, token), StandardCharsets.UTF_8);
        }
        String plain = new String(unquoted(lexed, token), lexed.encoding());
        return kind == TokenKind.UNICODE_STRING ? UnicodeEscapes.decode(plain, unicodeEscape(lexed, token)) : plain;
    }

    static byte[] utf8(Lexed lexed, int token) {
        TokenKind kind = lexed.kind(token);
        if (kind.isNumber()) {
            return lexed.slice(lexed.tokenStart(token), lexed.tokenEnd(token));
        }
        if (hasEscapes(lexed, kind)) {
            return unescaped(lexed, token);
        }
        boolean bytesWillDo = lexed.encoding().equals(StandardCharsets.UTF_8) && kind == TokenKind.STRING;
        return bytesWillDo ? unquoted(lexed, token) : string(lexed, token).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean hasEscapes(Lexed lexed, TokenKind kind) {
        return kind == TokenKind.ESCAPE_STRING || (kind == TokenKind.NATIONAL_STRING && !lexed.rules().standardConformingStrings());
    }

    /// The bytes between the quotes, with doubled quotes halved and continuations joined.
    private static byte[] unquoted(Lexed lexed, int token) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(lexed.tokenEnd(token) - lexed.tokenStart(token));
        read(lexed, token, out, out, () -> {});
        return out.toByteArray();
    }

    /// The same with backslashes resolved, in UTF-8: a byte escape is a byte in the server's encoding, whatever the client's is.
    private static byte[] unescaped(Lexed lexed, int token) {
        int length = lexed.tokenEnd(token) - lexed.tokenStart(token);
        ByteArrayOutputStream out = new ByteArrayOutputStream(length);
        if (lexed.encoding().equals(StandardCharsets.UTF_8)) {
            read(lexed, token, out, out, () -> {});
            return out.toByteArray();
        }
        ByteArrayOutputStream plain = new ByteArrayOutputStream(length);
        Runnable transcode = () -> {
            out.writeBytes(new String(plain.toByteArray(), lexed.encoding()).getBytes(StandardCharsets.UTF_8));
            plain.reset();
        };
        read(lexed, token, plain, out, transcode);
        transcode.run();
        return out.toByteArray();
    }

    /// @param plain takes what stands there as it is
    /// @param escaped takes what escapes stand for
    /// @param beforeEscape runs before each of them
    private static void read(Lexed lexed, int token, ByteArrayOutputStream plain, ByteArrayOutputStream escaped, Runnable beforeEscape) {
        byte[] text = lexed.text();
        int end = lexed.start() + lexed.tokenEnd(token);
        int i = lexed.start() + lexed.tokenStart(token);
        boolean escapes = hasEscapes(lexed, lexed.kind(token));
        while (text[i] != '\'') {
            i++;
        }
        i++;
        while (i < end) {
            byte c = text[i];
            if (c == '\'') {
                if (i + 1 < end && text[i + 1] == '\'') {
                    plain.write('\'');
                    i += 2;
                } else {
                    i = nextPiece(text, i + 1, end);
                }
            } else if (c == '\\' && escapes && text[i + 1] < 0) {
                i++; // a character of the client's encoding stands for itself
            } else if (c == '\\' && escapes) {
                beforeEscape.run();
                i = Escapes.resolve(text, i + 1, end, escaped, StandardCharsets.UTF_8);
            } else {
                plain.write(c);
                i++;
            }
        }
    }

    /// Behind the quote that opens a continuation, or the end.
    private static int nextPiece(byte[] text, int from, int end) {
        if (from >= end) {
            return end;
        }
        int i = from;
        while (text[i] != '\'') {
            if (text[i] == '-') {
                while (!Characters.isNewline(text[i])) {
                    i++;
                }
            }
            i++;
        }
        return i + 1;
    }

    /// The escape character of a `U&` token: that of UESCAPE, or a backslash.
    private static char unicodeEscape(Lexed lexed, int token) {
        if (lexed.is(token + 1, "uescape") && token + 2 < lexed.size() && lexed.kind(token + 2).isString()) {
            String escape = string(lexed, token + 2);
            return escape.length() == 1 ? escape.charAt(0) : '\\';
        }
        return '\\';
    }

    static int parameter(byte[] text, int from, int to) {
        long number = 0;
        for (int i = from + 1; i < to; i++) {
            number = Math.min(number * 10 + (text[i] - '0'), Integer.MAX_VALUE);
        }
        return (int) number;
    }

    /// The value of an integer; `Long.MIN_VALUE` if it does not fit into 63 bits. Hot path: allocates nothing.
    static long integer(byte[] text, int from, int to) {
        int base = base(text, from, to);
        long value = 0;
        for (int i = base == 10 ? from : from + 2; i < to; i++) {
            if (text[i] == '_') {
                continue;
            }
            int digit = Characters.digit(text[i], base);
            if (value > (Long.MAX_VALUE - digit) / base) {
                return Long.MIN_VALUE;
            }
            value = value * base + digit;
        }
        return value;
    }

    private static int base(byte[] text, int from, int to) {
        if (to - from < 3 || text[from] != '0') {
            return 10;
        }
        return switch (text[from + 1] | 0x20) {
            case 'x' -> 16;
            case 'o' -> 8;
            case 'b' -> 2;
            default -> 10;
        };
    }

    static int charCount(byte[] text, int from, int to, Charset encoding) {
        if (!encoding.equals(StandardCharsets.UTF_8)) {
            String decoded = new String(text, from, to - from, encoding);
            return decoded.codePointCount(0, decoded.length());
        }
        int count = 0;
        for (int i = from; i < to; i++) {
            if ((text[i] & 0xc0) != 0x80) {
                count++;
            }
        }
        return count;
    }
}
