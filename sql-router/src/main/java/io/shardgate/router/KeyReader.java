package io.shardgate.router;

import io.shardgate.directory.KeyText;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.StoredKey;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.LiteralKind;
import io.shardgate.router.plan.KeySource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads shard keys out of one statement's literals and one execution's parameters.
/// Not thread-safe; owned by one decision, as its [KeyMeanings] are.
final class KeyReader {
  private static final int BYTEA = 17;

  private final Lexed lexed;
  private final Bindings bindings;
  private final KeyMeanings meanings;

  KeyReader(Lexed lexed, Bindings bindings) {
    this(lexed, bindings, KeyMeanings.none());
  }

  KeyReader(Lexed lexed, Bindings bindings, KeyMeanings meanings) {
    this.lexed = lexed;
    this.bindings = bindings;
    this.meanings = meanings;
  }

  /// What stands at a source.
  sealed interface Keys {
    /// These; NULLs are left out.
    record Known(List<KeyValue> values) implements Keys {}

    /// A number that no key equals. Where it is to be written, PostgreSQL rounds it or refuses it.
    record Beyond() implements Keys {}

    /// Not certain, or something that no server takes.
    record Unknown() implements Keys {}
  }

  static final Keys BEYOND = new Keys.Beyond();
  static final Keys UNKNOWN = new Keys.Unknown();
  private static final Keys NONE = new Keys.Known(List.of());

  Keys read(KeySource source, KeyType type) {
    return switch (source) {
      case KeySource.Literal(int slot, boolean negative) -> literal(slot, negative, type);
      case KeySource.Parameter(int number, int typeOid) -> parameter(number - 1, typeOid, type);
      case KeySource.ParameterArray(int number, int elementOid) -> array(number - 1, elementOid, type);
      case KeySource.LiteralArray(int slot) -> elements(lexed.literalText(slot), type, true);
      case KeySource.Spelled(String text) -> text(text.getBytes(StandardCharsets.UTF_8), type, true);
      case KeySource.Constant(KeyValue value) -> value.type() == type ? new Keys.Known(List.of(value)) : UNKNOWN;
      case KeySource.Stored(KeySource value, int typmod) -> stored(read(value, type), typmod);
      case KeySource.Null() -> NONE;
    };
  }

  private static Keys stored(Keys keys, int typmod) {
    return keys instanceof Keys.Known(List<KeyValue> values)
        ? new Keys.Known(values.stream().map(value -> StoredKey.of(value, typmod)).toList())
        : keys;
  }

  private Keys literal(int slot, boolean negative, KeyType type) {
    if (lexed.literalKind(slot) == LiteralKind.STRING) {
      return negative ? UNKNOWN : text(lexed.literalUtf8(slot), type, true);
    }
    String number = (negative ? "-" : "") + lexed.literalText(slot);
    return switch (type) {
      case BIGINT -> keys(KeyText.number(number));
      case NUMERIC -> keys(KeyText.numeric(number));
      case TEXT, UUID, DATE, TIMESTAMP, TIMESTAMPTZ -> UNKNOWN;
    };
  }

  /// A value that a shard printed.
  Keys printed(String text, KeyType type) {
    return text(text.getBytes(StandardCharsets.UTF_8), type, false);
  }

  private Keys text(byte[] utf8, KeyType type, boolean isLiteral) {
    KeyText.Reading reading = KeyText.read(type, utf8);
    return reading instanceof KeyText.Reading.Unknown ? meanings.of(utf8, type, isLiteral) : keys(reading);
  }

  private static Keys keys(KeyText.Reading reading) {
    return switch (reading) {
      case KeyText.Reading.Key(KeyValue value) -> new Keys.Known(List.of(value));
      case KeyText.Reading.Beyond() -> BEYOND;
      case KeyText.Reading.Unknown() -> UNKNOWN;
    };
  }

  private Keys parameter(int index, int inferredOid, KeyType type) {
    if (index >= bindings.count()) {
      return UNKNOWN;
    }
    byte[] value = bindings.value(index);
    if (value == null) {
      return NONE;
    }
    int oid = isUnknown(bindings.typeOid(index)) ? inferredOid : bindings.typeOid(index);
    return bindings.binary(index) ? binary(value, oid, type) : textParameter(value, oid, type);
  }

  private Keys textParameter(byte[] value, int oid, KeyType type) {
    if (!isUnknown(oid) && !isText(oid) && !compares(oid, type)) {
      return UNKNOWN;
    }
    if (oid == BinaryKey.NUMERIC && type == KeyType.BIGINT) {
      return keys(KeyText.number(new String(value, StandardCharsets.US_ASCII).strip()));
    }
    return text(utf8(value), type, false);
  }

  /// Whether a value of that type is compared with keys as a key, and not by a wider type than both.
  private static boolean compares(int oid, KeyType type) {
    return switch (type) {
      case BIGINT, NUMERIC -> BinaryKey.isInteger(oid) || oid == BinaryKey.NUMERIC;
      case TEXT -> isText(oid);
      case UUID -> oid == BinaryKey.UUID;
      case DATE -> oid == BinaryKey.DATE;
      case TIMESTAMP -> oid == BinaryKey.TIMESTAMP;
      case TIMESTAMPTZ -> oid == BinaryKey.TIMESTAMPTZ;
    };
  }

  private byte[] utf8(byte[] value) {
    return lexed.encoding().equals(StandardCharsets.UTF_8)
        ? value
        : new String(value, lexed.encoding()).getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isText(int oid) {
    return oid == 25 || oid == 1043;
  }

  /// Whether nobody has said the type: PostgreSQL infers it.
  static boolean isUnknown(int oid) {
    return oid == 705 || oid == 0;
  }

  /// One key in binary format; null when it is none.
  static @Nullable KeyValue binaryKey(byte[] value, int oid, KeyType type) {
    Keys keys = type == KeyType.TEXT ? keys(KeyText.read(type, value)) : BinaryKey.read(value, oid, type);
    return keys instanceof Keys.Known(List<KeyValue> values) && values.size() == 1 ? values.getFirst() : null;
  }

  /// A text is compared with keys of another type only where it is cast to that: as that type reads it.
  private Keys binary(byte[] value, int oid, KeyType type) {
    if (isText(oid) || (type == KeyType.TEXT && isUnknown(oid))) {
      return text(utf8(value), type, false);
    }
    return BinaryKey.read(value, oid, type);
  }

  private Keys array(int index, int elementOid, KeyType type) {
    if (index >= bindings.count()) {
      return UNKNOWN;
    }
    byte[] value = bindings.value(index);
    if (value == null) {
      return NONE;
    }
    int oid = bindings.typeOid(index);
    int element = isUnknown(oid) ? elementOid : elementOf(oid);
    if (element <= 0) {
      return UNKNOWN;
    }
    if (bindings.binary(index)) {
      return binaryArray(value, type);
    }
    return isText(element) || compares(element, type) ? elements(new String(value, lexed.encoding()), type, false) : UNKNOWN;
  }

  /// The element type of a built-in array type, 0 for those that can't be keys.
  private static int elementOf(int arrayOid) {
    return switch (arrayOid) {
      case 1005 -> BinaryKey.INT2;
      case 1007 -> BinaryKey.INT4;
      case 1016 -> BinaryKey.INT8;
      case 1231 -> BinaryKey.NUMERIC;
      case 1182 -> BinaryKey.DATE;
      case 1115 -> BinaryKey.TIMESTAMP;
      case 1185 -> BinaryKey.TIMESTAMPTZ;
      case 1009 -> 25;
      case 1015 -> 1043;
      case 2951 -> BinaryKey.UUID;
      default -> 0;
    };
  }

  /// `array_send`: dimensions, flags, element type, then length and lower bound per dimension, then the elements.
  private Keys binaryArray(byte[] value, KeyType type) {
    ByteBuffer buffer = ByteBuffer.wrap(value);
    if (value.length < 12) {
      return UNKNOWN;
    }
    int dimensions = buffer.getInt();
    buffer.getInt();
    int element = buffer.getInt();
    if (dimensions == 0) {
      return NONE;
    }
    if (dimensions != 1 || buffer.remaining() < 8 || element == BYTEA) {
      return UNKNOWN;
    }
    int count = buffer.getInt();
    buffer.getInt();
    List<Keys> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = element(buffer);
      if (bytes == null) {
        continue;
      }
      Keys keys = binary(bytes, element, type);
      if (keys instanceof Keys.Beyond || (keys instanceof Keys.Unknown && !isText(element))) {
        return UNKNOWN;
      }
      read.add(keys);
    }
    return all(read);
  }

  private static byte @Nullable [] element(ByteBuffer buffer) {
    if (buffer.remaining() < 4) {
      return new byte[0];
    }
    int length = buffer.getInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[Math.min(length, buffer.remaining())];
    buffer.get(bytes);
    return bytes;
  }

  private Keys elements(String text, KeyType type, boolean isLiteral) {
    List<@Nullable String> elements = ArrayText.elements(text);
    if (elements == null) {
      return UNKNOWN;
    }
    List<Keys> read = new ArrayList<>();
    for (String element : elements) {
      if (element != null) {
        read.add(text(element.getBytes(StandardCharsets.UTF_8), type, isLiteral));
      }
    }
    return all(read);
  }

  /// The keys of all elements: each was read, so that the [KeyMeanings] know of all that are not certain.
  private static Keys all(List<Keys> elements) {
    List<KeyValue> values = new ArrayList<>();
    for (Keys element : elements) {
      if (!(element instanceof Keys.Known(List<KeyValue> one))) {
        return UNKNOWN;
      }
      values.addAll(one);
    }
    return new Keys.Known(values);
  }
}
