package io.shardgate.directory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A topology's bytes on their way to its text.
final class TopologyBytes {
  /// A topology is written by people; this is far above any of theirs and bounds the parser's memory.
  static final int MAX_BYTES = 1 << 20;

  private static final char REPLACEMENT = '\uFFFD';

  private TopologyBytes() {}

  /// The file's bytes, or one more than [#MAX_BYTES] of them.
  static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_BYTES + 1);
    }
  }

  /// The text. Each line with bytes that are not UTF-8 is a fault, and is read on with a replacement for them.
  static String decode(byte[] bytes, TopologyFaults faults) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    int line = 1;
    int lineStart = 0;
    int counted = 0;
    int faultyLine = 0;
    for (CoderResult result = decoder.decode(in, out, true); result.isError(); result = decoder.decode(in, out, true)) {
      for (; counted < in.position(); counted++) {
        if (bytes[counted] == '\n') {
          line++;
          lineStart = counted + 1;
        }
      }
      if (line != faultyLine) {
        faults.add(line, String.format(
            java.util.Locale.ROOT, "byte %d of the line, 0x%02X, is not UTF-8 (expected: a text in UTF-8)", in.position() - lineStart + 1, bytes[in.position()]));
        faultyLine = line;
      }
      out.put(REPLACEMENT);
      in.position(in.position() + result.length());
    }
    return out.flip().toString();
  }
}
