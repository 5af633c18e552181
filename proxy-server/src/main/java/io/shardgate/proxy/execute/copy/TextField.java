package io.shardgate.proxy.execute.copy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// A field of a text or csv line, read as PostgreSQL's `CopyReadAttributesText` and `CopyReadAttributesCSV` do.
/// Not thread-safe; owned by one COPY.
final class TextField implements FieldFinder {
  private final CopyOptions options;
  private final int column;
  private final boolean csv;
  private final boolean forceNull;
  private final boolean forceNotNull;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private boolean sawQuote;
  private boolean unterminated;

  TextField(CopyOptions options, int column, String name) {
    this.options = options;
    this.column = column;
    this.csv = options.format() == CopyOptions.Format.CSV;
    this.forceNull = names(options.forceNull(), name);
    this.forceNotNull = names(options.forceNotNull(), name);
  }

  private static boolean names(List<String> columns, String name) {
    return columns.contains(name) || columns.equals(List.of("*"));
  }

  @Override
  public Found find(byte[] row, int from, int contentEnd) {
    int at = from;
    for (int field = 0; ; field++) {
      int fieldEnd = csv ? csvField(row, at, contentEnd, field == column) : textFieldEnd(row, at, contentEnd);
      if (field == column) {
        return found(row, at, fieldEnd);
      }
      if (fieldEnd >= contentEnd || unterminated) {
        return Found.MISSING;
      }
      at = fieldEnd + 1;
    }
  }

  private Found found(byte[] row, int from, int end) {
    if (csv && unterminated) {
      return Found.MISSING;
    }
    boolean nullText = Arrays.equals(row, from, end, options.nullText(), 0, options.nullText().length);
    if (!csv) {
      if (nullText) {
        return Found.NULL;
      }
      resolve(row, from, end);
      return Found.VALUE;
    }
    if (!sawQuote && nullText && !forceNotNull) {
      return Found.NULL;
    }
    boolean quotedNull = sawQuote && forceNull && Arrays.equals(content.toByteArray(), options.nullText());
    return quotedNull ? Found.NULL : Found.VALUE;
  }

  private int textFieldEnd(byte[] row, int from, int contentEnd) {
    for (int at = from; at < contentEnd; at++) {
      if (row[at] == options.delimiter()) {
        return at;
      }
      if (row[at] == '\\') {
        at++;
      }
    }
    return contentEnd;
  }

  /// The end of a csv field; its content is gathered only if wanted.
  private int csvField(byte[] row, int from, int contentEnd, boolean wanted) {
    content.reset();
    sawQuote = false;
    unterminated = false;
    boolean inQuote = false;
    int at = from;
    while (at < contentEnd) {
      byte c = row[at];
      if (!inQuote) {
        if (c == options.delimiter()) {
          return at;
        }
        if (c == options.quote()) {
          sawQuote = true;
          inQuote = true;
          at++;
          continue;
        }
      } else if (c == options.escape() && at + 1 < contentEnd && (row[at + 1] == options.escape() || row[at + 1] == options.quote())) {
        c = row[++at];
      } else if (c == options.quote()) {
        inQuote = false;
        at++;
        continue;
      }
      if (wanted) {
        content.write(c);
      }
      at++;
    }
    unterminated = inQuote;
    return contentEnd;
  }

  private void resolve(byte[] row, int from, int end) {
    content.reset();
    int at = from;
    while (at < end) {
      byte c = row[at++];
      if (c != '\\' || at >= end) {
        content.write(c);
        continue;
      }
      c = row[at++];
      switch (c) {
        case 'b' -> content.write('\b');
        case 'f' -> content.write('\f');
        case 'n' -> content.write('\n');
        case 'r' -> content.write('\r');
        case 't' -> content.write('\t');
        case 'v' -> content.write(0x0b);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> at = number(row, at - 1, end, 8, 3);
        case 'x' -> {
          if (at < end && Character.digit(row[at], 16) >= 0) {
            at = number(row, at, end, 16, 2);
          } else {
            content.write(c);
          }
        }
        default -> content.write(c);
      }
    }
  }

  private int number(byte[] row, int from, int end, int radix, int digitsMax) {
    int value = 0;
    int at = from;
    while (at < end && at < from + digitsMax && Character.digit(row[at], radix) >= 0) {
      value = value * radix + Character.digit(row[at++], radix);
    }
    content.write(value);
    return at;
  }

  @Override
  public byte[] value() {
    byte[] bytes = content.toByteArray();
    return options.encoding().equals(StandardCharsets.UTF_8)
        ? bytes
        : new String(bytes, options.encoding()).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int count(byte[] row, int from, int contentEnd) {
    int fields = 1;
    int at = from;
    while (true) {
      int fieldEnd = csv ? csvField(row, at, contentEnd, false) : textFieldEnd(row, at, contentEnd);
      if (fieldEnd >= contentEnd) {
        return fields;
      }
      fields++;
      at = fieldEnd + 1;
    }
  }
}
