package io.shardgate.directory;

import java.math.BigDecimal;
import java.math.BigInteger;
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
    times(random, keys);
    numerics(random, keys);
    return keys;
  }

  private static void times(Random random, List<KeyValue> keys) {
    for (int days : new int[] {0, 1, -1, 365, KeyValue.OfDate.INFINITY, KeyValue.OfDate.MINUS_INFINITY}) {
      keys.add(new KeyValue.OfDate(days));
    }
    for (long micros : new long[] {0, 1, -1, 86_400_000_000L, KeyValue.OfTimestamp.INFINITY, KeyValue.OfTimestamp.MINUS_INFINITY}) {
      keys.add(new KeyValue.OfTimestamp(micros, false));
      keys.add(new KeyValue.OfTimestamp(micros, true));
    }
    long span = 86_400_000_000L * 365 * 1_900;
    for (int i = 0; i < 1000; i++) {
      keys.add(new KeyValue.OfDate(random.nextInt(-365 * 1_900, 365 * 7_900)));
      keys.add(new KeyValue.OfTimestamp(random.nextLong(-span, span), i % 2 == 0));
    }
  }

  private static void numerics(Random random, List<KeyValue> keys) {
    for (String edge : List.of("0", "1", "-1", "10", "10000", "1e20", "0.1", "0.0001", "0.00001", "123456789.000010", "9999.9999")) {
      keys.add(new KeyValue.OfNumeric(new BigDecimal(edge)));
    }
    keys.addAll(List.of(KeyValue.SpecialNumeric.values()));
    for (int i = 0; i < 1000; i++) {
      keys.add(new KeyValue.OfNumeric(new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(-20, 40))));
    }
  }

  /// One line of the frozen file: type, value (text as hex of its bytes), hash.
  static String line(KeyValue key, long hash) {
    String value = switch (key) {
      case KeyValue.OfText k -> HexFormat.of().formatHex(k.utf8());
      default -> key.toString();
    };
    return key.type().word() + "\t" + value + "\t" + hash;
  }

  static KeyValue key(String type, String value) {
    return switch (type) {
      case "bigint" -> new KeyValue.OfLong(Long.parseLong(value));
      case "text" -> KeyValue.OfText.of(new String(HexFormat.of().parseHex(value), StandardCharsets.UTF_8));
      case "uuid" -> KeyValue.OfUuid.of(UUID.fromString(value));
      default ->
          KeyText.read(KeyType.of(type).orElseThrow(), value.getBytes(StandardCharsets.UTF_8)) instanceof KeyText.Reading.Key(KeyValue read) ? read : null;
    };
  }
}
