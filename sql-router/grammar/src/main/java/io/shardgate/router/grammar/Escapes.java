package io.shardgate.router.grammar;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Decodes the escapes of `E'…'` and `U&'…'`.
final class Escapes {
  private Escapes() {}

  /// Reads what follows a backslash at `at` and appends what it means.
  ///
  /// @return the index after it
  static int readBackslash(String sql, int at, StringBuilder out) {
    if (at >= sql.length()) {
      throw new LexicalException("unterminated quoted string", at - 1);
    }
    char c = sql.charAt(at);
    return switch (c) {
      case 'b' -> append(out, '\b', at);
      case 'f' -> append(out, '\f', at);
      case 'n' -> append(out, '\n', at);
      case 'r' -> append(out, '\r', at);
      case 't' -> append(out, '\t', at);
      case 'v' -> append(out, '\u000b', at);
      case 'x' -> bytes(sql, at, out);
      case 'u' -> codePoint(sql, at + 1, 4, out);
      case 'U' -> codePoint(sql, at + 1, 8, out);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> bytes(sql, at, out);
      default -> append(out, c, at);
    };
  }

  private static int append(StringBuilder out, char c, int at) {
    out.append(c);
    return at + 1;
  }

  /// `\x41` or `\101`, and those that follow at once: bytes in the server's encoding, which is UTF-8, whatever the client's is.
  private static int bytes(String sql, int at, StringBuilder out) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int i = readByte(sql, at, bytes);
    if (bytes.size() == 0) {
      out.append('x');
      return i;
    }
    while (i + 1 < sql.length() && sql.charAt(i) == '\\' && isByte(sql, i + 1)) {
      i = readByte(sql, i + 1, bytes);
    }
    try {
      out.append(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())));
    } catch (CharacterCodingException e) {
      throw new LexicalException("byte escapes that make no character", at - 1);
    }
    return i;
  }

  private static boolean isByte(String sql, int at) {
    char c = sql.charAt(at);
    return (c >= '0' && c <= '7') || (c == 'x' && at + 1 < sql.length() && Character.digit(sql.charAt(at + 1), 16) >= 0);
  }

  /// Adds no byte for an x without digits.
  private static int readByte(String sql, int at, ByteArrayOutputStream bytes) {
    boolean hex = sql.charAt(at) == 'x';
    int from = hex ? at + 1 : at;
    int radix = hex ? 16 : 8;
    int i = from;
    int value = 0;
    while (i < sql.length() && i - from < (hex ? 2 : 3) && Character.digit(sql.charAt(i), radix) >= 0) {
      value = value * radix + Character.digit(sql.charAt(i), radix);
      i++;
    }
    if (i > from) {
      if ((value & 0xFF) == 0) {
        throw new LexicalException("byte escape of 0", at - 1);
      }
      bytes.write(value);
    }
    return i;
  }

  private static int codePoint(String sql, int from, int length, StringBuilder out) {
    int value = hex(sql, from, length);
    if (value <= 0 || value > Character.MAX_CODE_POINT) {
      throw new LexicalException("invalid Unicode escape", from - 2);
    }
    out.appendCodePoint(value);
    return from + length;
  }

  /// Decodes `\0061`, `\+000061` and a doubled escape character.
  static String decodeUnicode(String raw, char escape, int position) {
    StringBuilder out = new StringBuilder(raw.length());
    int i = 0;
    while (i < raw.length()) {
      char c = raw.charAt(i);
      if (c != escape) {
        out.append(c);
        i++;
      } else if (i + 1 < raw.length() && raw.charAt(i + 1) == escape) {
        out.append(escape);
        i += 2;
      } else {
        boolean six = i + 1 < raw.length() && raw.charAt(i + 1) == '+';
        int from = six ? i + 2 : i + 1;
        int length = six ? 6 : 4;
        int value = hex(raw, from, length);
        if (value <= 0 || value > Character.MAX_CODE_POINT) {
          throw new LexicalException("invalid Unicode escape", position);
        }
        out.appendCodePoint(value);
        i = from + length;
      }
    }
    return out.toString();
  }

  /// The number of `length` hexadecimal digits, or -1.
  private static int hex(String text, int from, int length) {
    if (from + length > text.length()) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < from + length; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit < 0 || value > 0x0FFF_FFFF >> 4) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
