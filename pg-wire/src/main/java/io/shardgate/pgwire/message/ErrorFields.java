package io.shardgate.pgwire.message;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// What an ErrorResponse or NoticeResponse says: every field by its one-byte type, in the order it came or was added
/// (PostgreSQL docs, "Error and Notice Message Fields").
/// Immutable.
///
///     | field type (byte) | text | 0 | field type | text | 0 | … | 0 |
public record ErrorFields(Map<Byte, String> byType) {
  public static final byte SEVERITY = 'S';

  /// The severity that is never translated.
  public static final byte SEVERITY_PLAIN = 'V';

  public static final byte CODE = 'C';
  public static final byte MESSAGE = 'M';
  public static final byte DETAIL = 'D';
  public static final byte HINT = 'H';

  /// Where in the query the fault is, in characters, from 1.
  public static final byte POSITION = 'P';

  public static final byte INTERNAL_POSITION = 'p';
  public static final byte INTERNAL_QUERY = 'q';
  public static final byte WHERE = 'W';
  public static final byte SCHEMA = 's';
  public static final byte TABLE = 't';
  public static final byte COLUMN = 'c';
  public static final byte DATA_TYPE = 'd';
  public static final byte CONSTRAINT = 'n';
  public static final byte FILE = 'F';
  public static final byte LINE = 'L';
  public static final byte ROUTINE = 'R';

  public ErrorFields {
    byType = Collections.unmodifiableMap(new LinkedHashMap<>(byType));
  }

  /// An error: the statement failed, the session goes on.
  public static ErrorFields error(SqlState code, String message) {
    return of("ERROR", code, message);
  }

  /// An error that ends the connection.
  public static ErrorFields fatal(SqlState code, String message) {
    return of("FATAL", code, message);
  }

  /// For a NoticeResponse.
  public static ErrorFields warning(SqlState code, String message) {
    return of("WARNING", code, message);
  }

  /// For a NoticeResponse.
  public static ErrorFields notice(SqlState code, String message) {
    return of("NOTICE", code, message);
  }

  /// The four fields that PostgreSQL always sends.
  public static ErrorFields of(String severity, SqlState code, String message) {
    Map<Byte, String> fields = new LinkedHashMap<>();
    fields.put(SEVERITY, severity);
    fields.put(SEVERITY_PLAIN, severity);
    fields.put(CODE, code.code());
    fields.put(MESSAGE, message);
    return new ErrorFields(fields);
  }

  /// Reads an ErrorResponse or NoticeResponse frame whose text is UTF-8.
  public static ErrorFields read(ByteBuf frame) {
    return read(frame, StandardCharsets.UTF_8);
  }

  /// Reads an ErrorResponse or NoticeResponse frame; moves its reader index. Throws [MalformedMessageException].
  public static ErrorFields read(ByteBuf frame, Charset charset) {
    FrameCursor cursor = new FrameCursor(frame, charset);
    Map<Byte, String> fields = new LinkedHashMap<>();
    for (byte type = cursor.readByte(); type != 0; type = cursor.readByte()) {
      fields.put(type, cursor.readString());
    }
    cursor.end();
    return new ErrorFields(fields);
  }

  /// `ERROR`, `FATAL`, `PANIC`, `WARNING`, `NOTICE`, `DEBUG`, `INFO` or `LOG`; empty when the server did not say.
  public String severity() {
    return byType.getOrDefault(SEVERITY_PLAIN, text(SEVERITY));
  }

  /// The SQLSTATE, also one that [SqlState] does not know; empty when the server did not say.
  public String code() {
    return text(CODE);
  }

  public boolean hasCode(SqlState state) {
    return code().equals(state.code());
  }

  public String message() {
    return text(MESSAGE);
  }

  public Optional<String> detail() {
    return field(DETAIL);
  }

  public Optional<String> hint() {
    return field(HINT);
  }

  /// The position in characters from 1, where there is one.
  public OptionalInt position() {
    try {
      return field(POSITION).map(Integer::parseInt).map(OptionalInt::of).orElseGet(OptionalInt::empty);
    } catch (NumberFormatException _) {
      return OptionalInt.empty();
    }
  }

  public Optional<String> field(byte type) {
    return Optional.ofNullable(byType.get(type));
  }

  public ErrorFields withDetail(String detail) {
    return with(DETAIL, detail);
  }

  public ErrorFields withHint(String hint) {
    return with(HINT, hint);
  }

  public ErrorFields withPosition(int position) {
    return with(POSITION, Integer.toString(position));
  }

  /// The position moved by `characters`, for a statement that stood further back in the text the client sent; unchanged
  /// when there is no position.
  public ErrorFields withPositionShiftedBy(int characters) {
    OptionalInt position = position();
    return position.isEmpty() || characters == 0 ? this : withPosition(position.getAsInt() + characters);
  }

  /// One field set or replaced; a new one comes last.
  public ErrorFields with(byte type, String text) {
    Map<Byte, String> fields = new LinkedHashMap<>(byType);
    fields.put(type, text);
    return new ErrorFields(fields);
  }

  /// The same without one field.
  public ErrorFields without(byte type) {
    Map<Byte, String> fields = new LinkedHashMap<>(byType);
    fields.remove(type);
    return new ErrorFields(fields);
  }

  private String text(byte type) {
    return byType.getOrDefault(type, "");
  }
}
