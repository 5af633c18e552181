package io.shardgate.oracle;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// What one side's types and tables are called, by their numbers, which differ from server to server.
/// Immutable.
record Names(Map<Integer, String> byNumber) {
  static final Names NONE = new Names(Map.of());

  static final String QUERY =
      "SELECT oid, typname FROM pg_type WHERE oid >= 16384 UNION ALL SELECT oid, relname FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND oid >= 16384";

  private static final int RECORD = 2249;
  private static final int FIRST_USER_NUMBER = 16_384;

  /// Whose numbers stand inside of values in binary.
  private static final List<String> INSIDE = List.of("mood", "_mood", "small", "_small");

  Names {
    byNumber = Map.copyOf(byNumber);
  }

  String of(int number) {
    String name = byNumber.get(number);
    return name == null ? Integer.toUnsignedString(number) : name;
  }

  /// A value in binary: rows and arrays say the types of what is in them.
  String shown(int type, byte[] value) {
    String hex = HexFormat.of().formatHex(value);
    if (type != RECORD && Integer.compareUnsigned(type, FIRST_USER_NUMBER) < 0) {
      return "0x" + hex;
    }
    for (Map.Entry<Integer, String> each : byNumber.entrySet()) {
      if (INSIDE.contains(each.getValue())) {
        hex = hex.replace(HexFormat.of().toHexDigits(each.getKey()), "<" + each.getValue() + ">");
      }
    }
    return "0x" + hex;
  }
}
