package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A text in the place of a shard key of which only a server can tell what it means, as that depends on its version or on settings.
public record UnreadText(KeyType type, String text) {
  private static final int CHARS_MAX = 1_000;

  /// What PostgreSQL reads as the moment at which it reads it ("Special Values" of its date and time types), in whichever text it stands.
  private static final List<String> WORDS_OF_THE_MOMENT = List.of("now", "today", "tomorrow", "yesterday");

  /// Whether one answer holds for the next reading, too: not of a text that may depend on the moment.
  public boolean isLasting() {
    if (text.length() > CHARS_MAX || text.indexOf(0) >= 0 || text.indexOf('\ufffd') >= 0) {
      return false;
    }
    return switch (type) {
      case BIGINT, UUID, NUMERIC -> true;
      case TEXT -> false; // it means itself
      case DATE, TIMESTAMP, TIMESTAMPTZ -> {
        String lower = text.toLowerCase(Locale.ROOT);
        yield WORDS_OF_THE_MOMENT.stream().noneMatch(lower::contains);
      }
    };
  }

  /// Whether a word in it may be an abbreviation of a zone, of which each server has its own list.
  public boolean mayNameZone() {
    return switch (type) {
      case BIGINT, TEXT, UUID, NUMERIC -> false;
      case DATE, TIMESTAMP, TIMESTAMPTZ -> text.chars().anyMatch(c -> Character.isLetter(c) && "TtZz".indexOf(c) < 0);
    };
  }

  /// The SQL name of the type that the text is read as.
  public String typeName() {
    return "pg_catalog." + switch (type) {
      case BIGINT -> "int8";
      case TEXT -> "text";
      case UUID -> "uuid";
      case DATE -> "date";
      case TIMESTAMP -> "timestamp";
      case TIMESTAMPTZ -> "timestamptz";
      case NUMERIC -> "numeric";
    };
  }

  /// The name of the type's function to binary format.
  public String sendFunction() {
    return "pg_catalog." + switch (type) {
      case BIGINT -> "int8send";
      case TEXT -> "textsend";
      case UUID -> "uuid_send";
      case DATE -> "date_send";
      case TIMESTAMP -> "timestamp_send";
      case TIMESTAMPTZ -> "timestamptz_send";
      case NUMERIC -> "numeric_send";
    };
  }

  /// The key that [#sendFunction] gave; null when it is none.
  public @Nullable KeyValue meaning(byte[] binary) {
    int oid =
        switch (type) {
          case BIGINT -> BinaryKey.INT8;
          case TEXT -> 25;
          case UUID -> BinaryKey.UUID;
          case DATE -> BinaryKey.DATE;
          case TIMESTAMP -> BinaryKey.TIMESTAMP;
          case TIMESTAMPTZ -> BinaryKey.TIMESTAMPTZ;
          case NUMERIC -> BinaryKey.NUMERIC;
        };
    return KeyReader.binaryKey(binary, oid, type);
  }
}
