package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.router.analyze.KeyText;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.LiteralKind;
import io.shardgate.router.plan.KeySource;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads shard keys out of one statement's literals and one execution's parameters.
/// Immutable.
final class KeyReader {
  private static final int BYTEA = 17;
  private static final int NUMERIC = 1700;
  private static final int UUID = 2950;

  private final Lexed lexed;
  private final Bindings bindings;

  KeyReader(Lexed lexed, Bindings bindings) {
    this.lexed = lexed;
    this.bindings = bindings;
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

  private static final Keys BEYOND = new Keys.Beyond();
  private static final Keys UNKNOWN = new Keys.Unknown();
  private static final Keys NONE = new Keys.Known(List.of());

  Keys read(KeySource source, KeyType type) {
    return switch (source) {
      case KeySource.Literal(int slot, boolean negative) -> literal(slot, negative, type);
      case KeySource.Parameter(int number, int typeOid) -> parameter(number - 1, typeOid, type);
      case KeySource.ParameterArray(int number, int elementOid) -> array(number - 1, elementOid, type);
      case KeySource.LiteralArray(int slot) -> elements(lexed.literalText(slot), type);
      case KeySource.Constant(KeyValue value) -> value.type() == type ? new Keys.Known(List.of(value)) : UNKNOWN;
      case KeySource.Stored(KeySource value, int characters) -> stored(read(value, type), characters);
      case KeySource.Null() -> NONE;
    };
  }

  private static Keys stored(Keys keys, int characters) {
    return keys instanceof Keys.Known(List<KeyValue> values)
        ? new Keys.Known(values.stream().map(value -> stored(value, characters)).toList())
        : keys;
  }

  /// A key as a `varchar(n)` column keeps it.
  static KeyValue stored(KeyValue key, int characters) {
    return characters > 0 && key instanceof KeyValue.OfText(byte[] utf8) ? new KeyValue.OfText(KeyText.stored(utf8, characters)) : key;
  }

  private Keys literal(int slot, boolean negative, KeyType type) {
    if (lexed.literalKind(slot) == LiteralKind.STRING) {
      return negative ? UNKNOWN : text(lexed.literalUtf8(slot), type);
    }
    return type == KeyType.BIGINT ? keys(KeyText.number((negative ? "-" : "") + lexed.literalText(slot))) : UNKNOWN;
  }

  private static Keys text(byte[] utf8, KeyType type) {
    return keys(KeyText.read(type, utf8));
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
    boolean fits =
        switch (type) {
          case BIGINT -> isInteger(oid) || oid == NUMERIC || isUnknown(oid);
          case TEXT -> isText(oid) || isUnknown(oid);
          case UUID -> oid == UUID || isUnknown(oid);
        };
    if (!fits) {
      return UNKNOWN;
    }
    if (oid == NUMERIC) {
      return keys(KeyText.number(new String(value, StandardCharsets.US_ASCII).strip()));
    }
    return text(utf8(value), type);
  }

  private byte[] utf8(byte[] value) {
    return lexed.encoding().equals(StandardCharsets.UTF_8)
        ? value
        : new String(value, lexed.encoding()).getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isInteger(int oid) {
    return oid == 20 || oid == 21 || oid == 23;
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
    Keys keys =
        switch (type) {
          case BIGINT -> binaryInteger(value);
          case TEXT -> text(value, type);
          case UUID -> oid == UUID ? binaryUuid(value) : UNKNOWN;
        };
    return keys instanceof Keys.Known(List<KeyValue> values) && values.size() == 1 ? values.getFirst() : null;
  }

  private Keys binary(byte[] value, int oid, KeyType type) {
    return switch (type) {
      case BIGINT -> isInteger(oid) ? binaryInteger(value) : oid == NUMERIC ? binaryNumeric(value) : UNKNOWN;
      case TEXT -> isText(oid) || isUnknown(oid) ? text(utf8(value), type) : UNKNOWN;
      case UUID -> oid == UUID ? binaryUuid(value) : UNKNOWN;
    };
  }

  private static Keys binaryInteger(byte[] value) {
    ByteBuffer buffer = ByteBuffer.wrap(value);
    return switch (value.length) {
      case 2 -> key(buffer.getShort());
      case 4 -> key(buffer.getInt());
      case 8 -> key(buffer.getLong());
      default -> UNKNOWN;
    };
  }

  private static Keys key(long value) {
    return new Keys.Known(List.of(new KeyValue.OfLong(value)));
  }

  private static Keys binaryUuid(byte[] value) {
    if (value.length != 16) {
      return UNKNOWN;
    }
    ByteBuffer buffer = ByteBuffer.wrap(value);
    return new Keys.Known(List.of(new KeyValue.OfUuid(buffer.getLong(), buffer.getLong())));
  }

  /// `numeric_send`: digits of base 10,000; a key when nothing stands behind the point.
  private static Keys binaryNumeric(byte[] value) {
    if (value.length < 8) {
      return UNKNOWN;
    }
    ByteBuffer buffer = ByteBuffer.wrap(value);
    int digits = buffer.getShort();
    int weight = buffer.getShort();
    int sign = buffer.getShort() & 0xffff;
    buffer.getShort();
    if (digits < 0 || digits * 2 != buffer.remaining() || weight > 5 || (sign != 0 && sign != 0x4000)) {
      return UNKNOWN;
    }
    BigInteger whole = BigInteger.ZERO;
    for (int i = 0; i <= Math.max(weight, digits - 1); i++) {
      int digit = i < digits ? buffer.getShort() : 0;
      if (i > weight) {
        if (digit != 0) {
          return BEYOND;
        }
      } else {
        whole = whole.multiply(BigInteger.valueOf(10_000)).add(BigInteger.valueOf(digit));
      }
    }
    BigInteger signed = sign == 0 ? whole : whole.negate();
    return signed.bitLength() > 63 ? BEYOND : key(signed.longValue());
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
    return bindings.binary(index) ? binaryArray(value, type) : elements(new String(value, lexed.encoding()), type);
  }

  /// The element type of a built-in array type, 0 for those that can't be keys.
  private static int elementOf(int arrayOid) {
    return switch (arrayOid) {
      case 1005 -> 21;
      case 1007 -> 23;
      case 1016 -> 20;
      case 1231 -> NUMERIC;
      case 1009 -> 25;
      case 1015 -> 1043;
      case 2951 -> UUID;
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
    List<KeyValue> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = element(buffer);
      if (bytes == null) {
        continue;
      }
      if (!(binary(bytes, element, type) instanceof Keys.Known(List<KeyValue> one))) {
        return UNKNOWN;
      }
      values.addAll(one);
    }
    return new Keys.Known(values);
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

  private static Keys elements(String text, KeyType type) {
    List<@Nullable String> elements = ArrayText.elements(text);
    if (elements == null) {
      return UNKNOWN;
    }
    List<KeyValue> values = new ArrayList<>();
    for (String element : elements) {
      if (element == null) {
        continue;
      }
      if (!(KeyText.read(type, element.getBytes(StandardCharsets.UTF_8)) instanceof KeyText.Reading.Key(KeyValue value))) {
        return UNKNOWN;
      }
      values.add(value);
    }
    return new Keys.Known(values);
  }
}
