package io.shardgate.oracle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A type of columns, with the few values that its columns have. Immutable.
enum Kind {
  INT2("smallint", 21, "0", "1", "2", "3", "7", "-5", "100"),
  INT4("integer", 23, "0", "1", "2", "3", "4", "-1", "1000", "2147483647"),
  INT8("bigint", 20, "0", "1", "2", "3", "-7", "9007199254740993", "-9223372036854775808"),
  SMALL("small", 0, "1", "2", "3", "9"),
  NUMERIC("numeric", 1700, "0", "1", "1.0", "1.00", "-2.50", "3.14159265358979", "12345678901234567890.5", "NaN", "0.1"),
  PRICE("numeric(10,2)", 1700, "0.00", "1.00", "1.50", "-2.25", "19.99", "99999999.99"),
  FLOAT8("double precision", 701, "0", "1.5", "-0.1", "0.30000000000000004", "1e300", "NaN", "Infinity"),
  TEXT("text", 25, "", "a", "A", "b", "Zz", "ä", "a b", "trailing  ", "it's", "back\\slash", "tab\there", "line\nbreak", "\\N", "NULL", "漢字", "😀", "10%", "a_b"),
  TEXT_C("text", 25, "", "a", "A", "b", "B", "ä", "Z", "a-b", "ab", "_", "é"),
  TEXT_ICU("text", 25, "", "a", "A", "b", "B", "ä", "Z", "a-b", "ab", "_", "é"),
  VARCHAR("varchar(12)", 1043, "", "a", "x ", "x", "long enough!", "Ä", "it''s"),
  CHAR("char(5)", 1042, "", "a", "ab", "abcde", "b", " c"),
  BOOL("boolean", 16, "true", "false"),
  DATE("date", 1082, "2026-01-31", "2026-02-01", "1999-12-31", "2024-02-29", "infinity", "0044-03-15 BC"),
  TIMESTAMP("timestamp", 1114, "2026-01-31 10:00:00", "2026-01-31 10:00:00.000001", "1999-12-31 23:59:59.5", "-infinity", "2024-02-29 00:00:00"),
  TIMESTAMPTZ("timestamptz", 1184, "2026-01-31 10:00:00+00", "2026-01-31 11:00:00+01", "2026-03-29 01:30:00+00", "1999-12-31 23:59:59.5+00", "infinity"),
  INTERVAL("interval", 1186, "1 day", "24:00:00", "1 mon", "30 days", "-00:00:00.5", "1 year 2 mons 3 days 04:05:06.7", "0"),
  UUID("uuid", 2950, "00000000-0000-0000-0000-000000000000", "40000000-0000-0000-0000-000000000001", "c0ffee00-0000-4000-8000-000000000002", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
  BYTEA("bytea", 17, "\\x", "\\x00", "\\x00ff", "\\x5c27", "\\xdeadbeef"),
  JSONB("jsonb", 3802, "{}", "null", "[]", "{\"a\": 1}", "{\"a\": 2, \"b\": [1, 2, null]}", "\"x\"", "{\"a\": \"q\\\"\", \"c\": {\"d\": true}}", "12", "[1, \"two\"]"),
  INTS("integer[]", 1007, "{}", "{1}", "{1,2,3}", "{3,NULL,1}", "{2,2}", "{{1,2},{3,4}}"),
  TEXTS("text[]", 1009, "{}", "{a}", "{a,b}", "{\"a b\",NULL}", "{\"NULL\",\"\"}", "{\"q\\\"\",\"b\\\\\"}"),
  MOOD("mood", 0, "sad", "ok", "happy");

  static final Set<Kind> WHOLE = EnumSet.of(INT2, INT4, INT8, SMALL);
  static final Set<Kind> EXACT_NUMBERS = EnumSet.of(INT2, INT4, INT8, SMALL, NUMERIC, PRICE);
  static final Set<Kind> TEXTUAL = EnumSet.of(TEXT, TEXT_C, TEXT_ICU, VARCHAR);

  /// Equal values of these may be written in two ways: which of them a group or a DISTINCT shows is open.
  private static final Set<Kind> SEVERAL_SPELLINGS = EnumSet.of(NUMERIC, INTERVAL, FLOAT8);

  /// For which there is min() and max().
  static final Set<Kind> MINIMAL = EnumSet.complementOf(EnumSet.of(BOOL, UUID, JSONB, BYTEA, NUMERIC, INTERVAL));

  static final String SCHEMA = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN small AS integer CHECK (VALUE > 0)";

  private static final LocalDate POSTGRES_EPOCH = LocalDate.of(2000, 1, 1);

  final String sql;
  final int oid;
  final List<String> values;

  /// @param oid 0 where it differs from server to server
  Kind(String sql, int oid, String... values) {
    this.sql = sql;
    this.oid = oid;
    this.values = List.of(values);
  }

  /// As a column is declared.
  String declared() {
    return switch (this) {
      case TEXT_C -> "text COLLATE \"C\"";
      case TEXT_ICU -> "text COLLATE \"en-x-icu\"";
      default -> sql;
    };
  }

  /// Whether values that are equal look alike.
  boolean oneSpelling() {
    return !SEVERAL_SPELLINGS.contains(this);
  }

  boolean isText() {
    return TEXTUAL.contains(this);
  }

  boolean isWhole() {
    return WHOLE.contains(this);
  }

  boolean isExactNumber() {
    return EXACT_NUMBERS.contains(this);
  }

  boolean isMoment() {
    return this == DATE || this == TIMESTAMP || this == TIMESTAMPTZ;
  }

  /// A literal that says no type.
  String literal(String text) {
    return isWhole() && !text.equals("-9223372036854775808") ? text : "'" + text.replace("'", "''") + "'";
  }

  /// What the type's receive function reads; null where the tests know only the text.
  byte @Nullable [] binary(String text) {
    return switch (this) {
      case INT2 -> ByteBuffer.allocate(2).putShort(Short.parseShort(text)).array();
      case INT4 -> ByteBuffer.allocate(4).putInt(Integer.parseInt(text)).array();
      case INT8 -> ByteBuffer.allocate(8).putLong(Long.parseLong(text)).array();
      case FLOAT8 -> ByteBuffer.allocate(8).putDouble(Double.parseDouble(text)).array();
      case TEXT, TEXT_C, TEXT_ICU, VARCHAR -> text.getBytes(StandardCharsets.UTF_8);
      case BOOL -> new byte[] {(byte) (text.equals("true") ? 1 : 0)};
      case DATE ->
          text.length() == 10 ? ByteBuffer.allocate(4).putInt((int) ChronoUnit.DAYS.between(POSTGRES_EPOCH, LocalDate.parse(text))).array() : null;
      case UUID -> {
        UUID value = java.util.UUID.fromString(text);
        yield ByteBuffer.allocate(16).putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits()).array();
      }
      default -> null;
    };
  }
}
