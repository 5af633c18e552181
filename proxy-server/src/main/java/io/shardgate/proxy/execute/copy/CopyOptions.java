package io.shardgate.proxy.execute.copy;

import io.shardgate.proxy.relay.Encodings;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.router.statement.Option;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The options of a COPY that say how its stream is read. PostgreSQL has checked them before the first byte comes. Immutable.
///
/// @param nullText what stands for NULL, in the stream's encoding
/// @param encoding of the stream
/// @param forceNull columns whose quoted null text is NULL too; `*` for all
/// @param forceNotNull columns whose null text is not NULL; `*` for all
/// @param csvEndMarker whether a line `\.` ends a csv stream, as it did before PostgreSQL 18
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CopyOptions(
    Format format,
    byte delimiter,
    byte quote,
    byte escape,
    byte[] nullText,
    boolean header,
    Charset encoding,
    List<String> forceNull,
    List<String> forceNotNull,
    boolean csvEndMarker) {

  /// How rows are written.
  public enum Format {
    TEXT,
    CSV,
    BINARY
  }

  /// Reads them from a statement.
  ///
  /// @param clientEncoding where the statement says none
  /// @param serverVersion the major version of the shards
  public static CopyOptions of(List<Option> options, Charset clientEncoding, int serverVersion) {
    refuseUnsplittable(options);
    Format format = Format.valueOf(value(options, "format", "text").toUpperCase(Locale.ROOT));
    boolean csv = format == Format.CSV;
    Charset encoding = encoding(options, clientEncoding);
    byte quote = single(value(options, "quote", "\""), encoding);
    return new CopyOptions(
        format,
        single(value(options, "delimiter", csv ? "," : "\t"), encoding),
        quote,
        single(value(options, "escape", value(options, "quote", "\"")), encoding),
        value(options, "null", csv ? "" : "\\N").getBytes(encoding),
        header(options),
        encoding,
        list(options, "force_null"),
        list(options, "force_not_null"),
        serverVersion < 18);
  }

  /// The text format as it is without any option.
  public static CopyOptions plainText(Charset encoding) {
    return of(List.of(), encoding, 0);
  }

  /// A cutter for such a stream.
  public RowCutter cutter() {
    return format == Format.BINARY ? new BinaryCutter() : new LineCutter(this);
  }

  /// Finds one field in such rows.
  public FieldFinder finder(int column, String name) {
    return format == Format.BINARY ? new BinaryField(column) : new TextField(this, column, name);
  }

  private static void refuseUnsplittable(List<Option> options) {
    for (Option option : options) {
      boolean skips = option.name().equals("on_error") && !option.values().isEmpty() && !option.values().getFirst().equalsIgnoreCase("stop");
      if (skips || option.name().equals("reject_limit") || option.name().equals("default")) {
        throw ProxyRefusal.COPY_OPTION.error(option.name());
      }
    }
  }

  private static Charset encoding(List<Option> options, Charset clientEncoding) {
    String name = value(options, "encoding", "");
    if (name.isEmpty()) {
      return clientEncoding;
    }
    return Encodings.charsetOf(name)
        .orElseThrow(
            () -> ProxyRefusal.COPY_ENCODING.error(name));
  }

  private static boolean header(List<Option> options) {
    Option header = find(options, "header");
    return header != null && (header.isOn() || header.values().getFirst().equalsIgnoreCase("match"));
  }

  private static byte single(String text, Charset encoding) {
    byte[] bytes = text.getBytes(encoding);
    return bytes.length == 0 ? 0 : bytes[0];
  }

  private static String value(List<Option> options, String name, String otherwise) {
    Option option = find(options, name);
    return option == null || option.values().isEmpty() ? otherwise : option.values().getFirst();
  }

  private static List<String> list(List<Option> options, String name) {
    Option option = find(options, name);
    return option == null ? List.of() : option.values();
  }

  private static @Nullable Option find(List<Option> options, String name) {
    for (Option option : options) {
      if (option.name().equals(name)) {
        return option;
      }
    }
    return null;
  }
}
