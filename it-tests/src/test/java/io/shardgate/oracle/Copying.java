package io.shardgate.oracle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How COPY (query) TO STDOUT writes. Immutable.
enum Copying {
  TEXT(""),
  TEXT_WITH_NAMES("(HEADER, DELIMITER '|', NULL '~')"),
  CSV("(FORMAT csv)"),
  CSV_QUOTED("(FORMAT csv, HEADER, FORCE_QUOTE *, NULL 'NULL')"),
  BINARY("(FORMAT binary)");

  private static final int BINARY_HEADER = 19;

  final String options;

  Copying(String options) {
    this.options = options;
  }

  /// The same for the same text.
  static Copying of(String sql) {
    return values()[Math.floorMod(sql.hashCode(), values().length)];
  }

  /// The values of one message; null where it has none, as it only ends the stream.
  ///
  /// @param first whether it is the first one
  @Nullable List<@Nullable String> row(byte[] data, boolean first) {
    if (this == BINARY) {
      return binary(first ? Arrays.copyOfRange(data, BINARY_HEADER, data.length) : data);
    }
    String line = new String(data, 0, data.length - 1, StandardCharsets.UTF_8);
    List<@Nullable String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    boolean quoted = false;
    char delimiter = this == TEXT ? '\t' : this == TEXT_WITH_NAMES ? '|' : ',';
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      quoted ^= c == '"' && delimiter == ',';
      boolean escaped = delimiter == '|' && i > 0 && line.charAt(i - 1) == '\\';
      if (c == delimiter && !quoted && !escaped) {
        values.add(value.toString());
        value.setLength(0);
      } else {
        value.append(c);
      }
    }
    values.add(value.toString());
    if (this == TEXT) {
      values.replaceAll(each -> "\\N".equals(each) ? null : each);
    }
    return values;
  }

  private static @Nullable List<@Nullable String> binary(byte[] tuple) {
    ByteBuffer bytes = ByteBuffer.wrap(tuple);
    List<@Nullable String> values = new ArrayList<>();
    int columns = bytes.getShort();
    if (columns < 0) {
      return null;
    }
    for (int left = columns; left > 0; left--) {
      byte[] value = new byte[Math.max(0, bytes.getInt())];
      bytes.get(value);
      values.add(HexFormat.of().formatHex(value));
    }
    return values;
  }
}
