package io.shardgate.proxy.execute;

import io.shardgate.proxy.execute.copy.CopyOptions;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.router.plan.GeneratedColumn;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes generated columns behind the fields of a COPY row. Immutable.
final class GeneratedFields {
  private final CopyOptions options;
  private final List<GeneratedColumn> columns;

  GeneratedFields(CopyOptions options, List<GeneratedColumn> columns) {
    this.options = options;
    this.columns = columns;
  }

  /// The header for the shards: a line of names gets the generated ones too.
  byte[] header(byte[] bytes, int from, int end) {
    if (columns.isEmpty() || options.format() == CopyOptions.Format.BINARY) {
      return java.util.Arrays.copyOfRange(bytes, from, end);
    }
    int contentEnd = end;
    while (contentEnd > from && (bytes[contentEnd - 1] == '\n' || bytes[contentEnd - 1] == '\r')) {
      contentEnd--;
    }
    return text(bytes, from, contentEnd, end, columns.stream().map(GeneratedColumn::name).toList());
  }

  /// A row with more fields.
  byte[] appended(byte[] bytes, int from, int contentEnd, int end, List<@Nullable String> values) {
    return options.format() == CopyOptions.Format.BINARY ? binary(bytes, from, end, values) : text(bytes, from, contentEnd, end, values);
  }

  private byte[] text(byte[] bytes, int from, int contentEnd, int end, List<? extends @Nullable String> values) {
    ByteArrayOutputStream row = new ByteArrayOutputStream(end - from + 16 * values.size());
    row.write(bytes, from, contentEnd - from);
    for (String value : values) {
      row.write(options.delimiter());
      if (value == null) {
        row.writeBytes(options.nullText());
      } else if (options.format() == CopyOptions.Format.CSV) {
        quoted(row, value.getBytes(options.encoding()));
      } else {
        CopyText.escape(row, value.getBytes(options.encoding()), options.delimiter());
      }
    }
    row.write(bytes, contentEnd, end - contentEnd);
    return row.toByteArray();
  }

  private void quoted(ByteArrayOutputStream row, byte[] value) {
    row.write(options.quote());
    for (byte c : value) {
      if (c == options.quote() || c == options.escape()) {
        row.write(options.escape());
      }
      row.write(c);
    }
    row.write(options.quote());
  }

  private byte[] binary(byte[] bytes, int from, int end, List<@Nullable String> values) {
    ByteArrayOutputStream row = new ByteArrayOutputStream(end - from + 20 * values.size());
    int fields = ((bytes[from] & 0xff) << 8 | (bytes[from + 1] & 0xff)) + values.size();
    row.write(fields >> 8);
    row.write(fields);
    row.write(bytes, from + 2, end - from - 2);
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      byte[] sent = value == null ? null : binary(columns.get(i), value, options.encoding());
      row.writeBytes(ByteBuffer.allocate(4).putInt(sent == null ? -1 : sent.length).array());
      if (sent != null) {
        row.writeBytes(sent);
      }
    }
    return row.toByteArray();
  }

  private static byte[] binary(GeneratedColumn column, String value, Charset encoding) {
    return switch (column.typeName()) {
      case "int2" -> ByteBuffer.allocate(2).putShort(Short.parseShort(value)).array();
      case "int4" -> ByteBuffer.allocate(4).putInt(Integer.parseInt(value)).array();
      case "int8" -> ByteBuffer.allocate(8).putLong(Long.parseLong(value)).array();
      case "text", "varchar" -> value.getBytes(encoding);
      case "uuid" -> {
        UUID uuid = UUID.fromString(value);
        yield ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits()).array();
      }
      default ->
          throw ProxyRefusal.COPY_BINARY_DEFAULT.error(column.name(), column.typeName());
    };
  }
}
