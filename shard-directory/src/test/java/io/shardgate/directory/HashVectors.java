package io.shardgate.directory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// Keys whose hashes are worth comparing: the edges, then random ones of every length.
final class HashVectors {
  private HashVectors() {}

  static List<KeyValue> keys(long seed) {
    Random random = new Random(seed);
    List<KeyValue> keys = new ArrayList<>();
    for (long edge : new long[] {0, 1, -1, 42, Short.MIN_VALUE, Short.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE,
        1L << 32, -(1L << 32), (1L << 32) - 1, Long.MIN_VALUE, Long.MIN_VALUE + 1, Long.MAX_VALUE}) {
      keys.add(new KeyValue.OfLong(edge));
    }
    for (int bits = 1; bits <= 64; bits++) {
      for (int i = 0; i < 24; i++) {
        keys.add(new KeyValue.OfLong(random.nextLong() >> (64 - bits)));
      }
    }
    String alphabet = "abcXYZ019 _-'\\\"äßñЖ漢字😀\u0001\u007f\u00ff";
    int[] letters = alphabet.codePoints().toArray();
    for (int length = 0; length < 64; length++) {
      for (int i = 0; i < 24; i++) {
        StringBuilder text = new StringBuilder();
        for (int c = 0; c < length; c++) {
          text.appendCodePoint(letters[random.nextInt(letters.length)]);
        }
        keys.add(KeyValue.OfText.of(text.toString()));
      }
    }
    keys.add(new KeyValue.OfUuid(0, 0));
    keys.add(new KeyValue.OfUuid(-1, -1));
    keys.add(new KeyValue.OfUuid(0, 1));
    for (int i = 0; i < 1000; i++) {
      keys.add(new KeyValue.OfUuid(random.nextLong(), random.nextLong()));
    }
    return keys;
  }

  /// One line of the frozen file: type, value (text as hex of its bytes), hash.
  static String line(KeyValue key, long hash) {
    String value = switch (key) {
      case KeyValue.OfLong k -> Long.toString(k.value());
      case KeyValue.OfText k -> HexFormat.of().formatHex(k.utf8());
      case KeyValue.OfUuid k -> k.toString();
    };
    return key.type().word() + "\t" + value + "\t" + hash;
  }

  static KeyValue key(String type, String value) {
    return switch (type) {
      case "bigint" -> new KeyValue.OfLong(Long.parseLong(value));
      case "text" -> KeyValue.OfText.of(new String(HexFormat.of().parseHex(value), StandardCharsets.UTF_8));
      case "uuid" -> KeyValue.OfUuid.of(UUID.fromString(value));
      default -> throw new IllegalArgumentException(type);
    };
  }
}
