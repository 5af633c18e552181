package io.shardgate.random;

import io.shardgate.random.RandomStatement.Type;
import io.shardgate.random.RandomStatement.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// A value written as nobody would: of another type, with blanks, as an expression. Some of it no column takes. Not thread-safe; owned by the
/// [RandomStatement] that draws from the same chance.
final class RandomSpelling {
  private static final int INT2 = 21;
  private static final int FLOAT8 = 701;
  private static final int UNKNOWN = 705;
  private static final int VARCHAR = 1043;
  private static final int NUMERIC = 1700;

  private final Random random;

  RandomSpelling(Random random) {
    this.random = random;
  }

  String literal(Type type, String text) {
    String quoted = "'" + text.replace("'", "''") + "'";
    return switch (type) {
      case BIGINT, INT ->
          one(List.of(
              quoted, "' " + text + " '", text + ".0", text + ".000", text + "e0", text + ".5", text + "::int2", text + "::int8", text + "::numeric",
              text + "::float8", quoted + "::int8", "CAST(" + text + " AS int)", "(" + text + ")", "- (" + text + ")", text + " + 0", "coalesce(NULL, " + text + ")",
              "'" + text + ".0'", "'x'", "true", "99999999999999999999", "'99999999999999999999'", "0" + text, "NULL::int", "1e30", quoted + "::text"));
      case TEXT ->
          one(List.of(
              quoted + "::varchar", quoted + "::text", "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'", "$q$" + text + "$q$", quoted + " || ''",
              "upper(" + quoted + ")", "U&" + quoted.replace("\\", "\\\\"), "7", "NULL::text", quoted + "::name", quoted + "::char(9)", "true"));
      case UUID ->
          one(List.of(
              quoted.toUpperCase(Locale.ROOT), quoted.replace("-", ""), "'{" + text + "}'", quoted + "::uuid", "uuid " + quoted, "'" + text + " '", "'x'", "7",
              quoted + "::text", "coalesce(NULL, " + quoted + ")"));
    };
  }

  Value parameter(Type type, String text) {
    return switch (type) {
      case BIGINT, INT -> number(text);
      case TEXT -> string(one(List.of(0, UNKNOWN, VARCHAR, type.oid, Type.INT.oid)), text, chance(50));
      case UUID ->
          string(
              one(List.of(0, UNKNOWN, type.oid, Type.TEXT.oid)),
              one(List.of(text, text.toUpperCase(Locale.ROOT), text.replace("-", ""), "{" + text + "}", "x", "")), false);
    };
  }

  private Value number(String text) {
    long value = Long.parseLong(text);
    return switch (random.nextInt(8)) {
      case 0 -> binary(text, INT2, ByteBuffer.allocate(2).putShort((short) value));
      case 1 -> binary(text, Type.INT.oid, ByteBuffer.allocate(4).putInt((int) value));
      case 2 -> binary(text, Type.BIGINT.oid, ByteBuffer.allocate(8).putLong(value));
      case 3 -> binary(text, FLOAT8, ByteBuffer.allocate(8).putDouble(value));
      case 4 -> binary(text, one(List.of(0, Type.BIGINT.oid, INT2)), ByteBuffer.allocate(4).putInt((int) value));
      case 5 -> string(NUMERIC, one(List.of(text, text + ".0", text + ".5", text + "e0", " " + text, "NaN", "1e30")), false);
      case 6 -> string(one(List.of(FLOAT8, VARCHAR, Type.TEXT.oid)), text, false);
      default ->
          string(
              one(List.of(0, UNKNOWN, Type.BIGINT.oid, Type.INT.oid, INT2)),
              one(List.of(text, " " + text + " ", "+" + text, "0" + text, text + ".0", "x", "", "99999999999999999999")), false);
    };
  }

  private static Value string(int oid, String text, boolean binary) {
    return new Value(text, oid, binary, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Value binary(String text, int oid, ByteBuffer bytes) {
    return new Value(text, oid, true, bytes.array());
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
