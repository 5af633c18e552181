package io.shardgate.proxy.execute;

import java.io.ByteArrayOutputStream;

/// Values as the text format of COPY writes them.
final class CopyText {
  private CopyText() {}

  /// Writes a value with its special characters escaped.
  static void escape(ByteArrayOutputStream out, byte[] value, byte delimiter) {
    for (byte c : value) {
      switch (c) {
        case '\\' -> write(out, '\\');
        case '\n' -> write(out, 'n');
        case '\r' -> write(out, 'r');
        default -> {
          if (c == delimiter) {
            out.write('\\');
          }
          out.write(c);
        }
      }
    }
  }

  private static void write(ByteArrayOutputStream out, char escaped) {
    out.write('\\');
    out.write(escaped);
  }
}
