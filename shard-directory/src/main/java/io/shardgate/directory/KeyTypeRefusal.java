package io.shardgate.directory;

import java.util.Locale;

/// Why a type that people might try can't be a shard key.
final class KeyTypeRefusal {
  private KeyTypeRefusal() {}

  /// ` (because …)`-like clause that begins with a comma or is empty.
  static String reason(String typeName) {
    String type = typeName.toLowerCase(Locale.ROOT).replaceFirst("\\(.*", "").strip();
    return switch (type) {
      case "citext" -> ", since values that it calls equal differ in their bytes";
      case "char", "character", "bpchar" -> ", since trailing blanks don't count in it";
      case "real", "float", "float4", "float8", "double precision" -> ", since equal numbers may differ in their bits";
      case "bytea", "name" -> " yet";
      default -> "";
    };
  }
}
