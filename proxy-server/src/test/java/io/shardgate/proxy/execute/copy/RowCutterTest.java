package io.shardgate.proxy.execute.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.shardgate.router.statement.Option;
import io.shardgate.router.statement.Span;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowCutterTest {
  private static final int VERSION = 17;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void text_is_cut_at_newlines_that_no_backslash_escapes(int pieceBytes) {
    assertThat(rows("1\ta\n2\tb\\\nc\n3\t\\\\\n4\tü€\n5", pieceBytes, VERSION))
        .containsExactly("1\ta", "2\tb\\\nc", "3\t\\\\", "4\tü€", "5");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void the_first_line_decides_what_a_newline_is(int pieceBytes) {
    assertThat(rows("1\r\n2\r\n", pieceBytes, VERSION)).containsExactly("1", "2");
    assertThat(rows("1\r2\r", pieceBytes, VERSION)).containsExactly("1", "2");
    assertThatThrownBy(() -> rows("1\n2\r\n", pieceBytes, VERSION)).hasMessage("literal carriage return found in data");
    assertThatThrownBy(() -> rows("1\r\n2\n", pieceBytes, VERSION)).hasMessage("literal newline found in data");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1000})
  void a_backslash_and_a_point_end_a_text_stream(int pieceBytes) {
    assertThat(rows("1\n\\.\n2\n", pieceBytes, VERSION)).containsExactly("1");
    assertThat(rows("1\n\\.", pieceBytes, VERSION)).containsExactly("1");
    assertThatThrownBy(() -> rows("1\n\\.x\n", pieceBytes, VERSION)).hasMessage("end-of-copy marker corrupt");
    assertThatThrownBy(() -> rows("1\n2\\.\n", pieceBytes, VERSION)).hasMessage("end-of-copy marker is not alone on its line");
    assertThatThrownBy(() -> rows("1\r\n\\.\n", pieceBytes, VERSION))
        .hasMessage("end-of-copy marker does not match previous newline style");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void csv_keeps_newlines_inside_quotes(int pieceBytes) {
    assertThat(rows("1,\"a\nb\"\n2,\"say \"\"hi\"\"\n\"\n3,c\"\n\"d\n", pieceBytes, VERSION, option("format", "csv")))
        .containsExactly("1,\"a\nb\"", "2,\"say \"\"hi\"\"\n\"", "3,c\"\n\"d");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1000})
  void csv_knows_an_escape_of_its_own(int pieceBytes) {
    assertThat(
            rows("1,'a\\'\n\\\\'\n2,x\n", pieceBytes, VERSION, option("format", "csv"), option("quote", "'"), option("escape", "\\")))
        .containsExactly("1,'a\\'\n\\\\'", "2,x");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1000})
  void a_backslash_and_a_point_are_csv_data_since_18(int pieceBytes) {
    assertThat(rows("1\n\\.\n2\n", pieceBytes, 17, option("format", "csv"))).containsExactly("1");
    assertThat(rows("1\n\\.\n2\n", pieceBytes, 18, option("format", "csv"))).containsExactly("1", "\\.", "2");
    assertThat(rows("\\.x\n", pieceBytes, 17, option("format", "csv"))).containsExactly("\\.x");
  }

  @Test
  void the_header_is_a_row_of_its_own_even_with_a_quoted_newline() {
    Gathered gathered = gather("\"a\nb\",c\r\n1,2\r\n", 1, CopyOptions.of(List.of(option("format", "csv"), option("header")), StandardCharsets.UTF_8, VERSION));
    assertThat(gathered.header).isEqualTo("\"a\nb\",c\r\n");
    assertThat(gathered.rows).containsExactly("1,2");
  }

  @Test
  void keys_are_read_as_PostgreSQL_reads_them() {
    assertThat(field("a\\tb\\x41\\101\\\\\tk", 0)).isEqualTo("a\tbAA\\");
    assertThat(field("x\\\ty\tk", 0)).isEqualTo("x\ty");
    assertThat(field("x\t\\N", 1)).isEqualTo("NULL");
    assertThat(field("x", 1)).isEqualTo("MISSING");
    assertThat(field("", 0)).isEqualTo("");
  }

  @Test
  void csv_keys_may_be_quoted_in_part() {
    Option csv = option("format", "csv");
    assertThat(field("a\"b,\"\"c\"d,2", 0, csv)).isEqualTo("ab,\"cd");
    assertThat(field(",2", 0, csv)).isEqualTo("NULL");
    assertThat(field("\"\",2", 0, csv)).isEqualTo("");
    assertThat(field("\"\",2", 0, csv, option("force_null", "k"))).isEqualTo("NULL");
    assertThat(field(",2", 0, csv, option("force_not_null", "*"))).isEqualTo("");
    assertThat(field("\"open,2", 0, csv)).isEqualTo("MISSING");
  }

  @Test
  void keys_come_out_in_UTF_8() {
    CopyOptions latin = CopyOptions.of(List.of(option("encoding", "LATIN1")), StandardCharsets.UTF_8, VERSION);
    FieldFinder finder = latin.finder(0, "k");
    byte[] row = "ä\t1".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(finder.find(row, 0, row.length)).isEqualTo(FieldFinder.Found.VALUE);
    assertThat(finder.value()).isEqualTo("ä".getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 1000})
  void binary_is_cut_into_tuples(int pieceBytes) {
    byte[] stream = binary(new byte[][] {{1}, null}, new byte[][] {{}, {'\n', 2}});
    CopyOptions options = CopyOptions.of(List.of(option("format", "binary")), StandardCharsets.UTF_8, VERSION);
    Gathered gathered = gather(stream, pieceBytes, options);
    assertThat(gathered.rows).hasSize(2);
    assertThat(gathered.header).hasSize(19);
    byte[] second = gathered.rows.getLast().getBytes(StandardCharsets.ISO_8859_1);
    FieldFinder finder = options.finder(1, "k");
    assertThat(finder.find(second, 0, second.length)).isEqualTo(FieldFinder.Found.VALUE);
    assertThat(finder.value()).containsExactly('\n', 2);
    byte[] first = gathered.rows.getFirst().getBytes(StandardCharsets.ISO_8859_1);
    assertThat(finder.find(first, 0, first.length)).isEqualTo(FieldFinder.Found.NULL);
  }

  @Test
  void a_binary_stream_that_ends_in_a_tuple_is_an_error() {
    byte[] stream = binary(new byte[][] {{1}, {2}});
    byte[] cut = java.util.Arrays.copyOf(stream, stream.length - 4);
    CopyOptions options = CopyOptions.of(List.of(option("format", "binary")), StandardCharsets.UTF_8, VERSION);
    assertThatThrownBy(() -> gather(cut, 3, options)).hasMessage("unexpected EOF in COPY data");
    assertThatThrownBy(() -> gather("no such thing as a file".getBytes(StandardCharsets.UTF_8), 3, options))
        .hasMessage("COPY file signature not recognized");
  }

  @Test
  void a_shards_line_is_found_again() {
    LineMap map = new LineMap();
    for (int line = 1; line <= 400_000; line++) {
      map.add(3L * line);
    }
    assertThat(map.lineOf(400_000)).hasValue(1_200_000);
    assertThat(map.lineOf(400_000 - LineMap.LINES_MAX + 1)).hasValue(3L * (400_000 - LineMap.LINES_MAX + 1));
    assertThat(map.lineOf(1)).isEmpty();
    assertThat(map.lineOf(400_001)).isEmpty();
  }

  private static byte[] binary(byte[][]... rows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(BinaryCutter.SIGNATURE);
    out.writeBytes(new byte[8]);
    for (byte[][] row : rows) {
      out.writeBytes(ByteBuffer.allocate(2).putShort((short) row.length).array());
      for (byte[] value : row) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(value == null ? -1 : value.length).array());
        out.writeBytes(value == null ? new byte[0] : value);
      }
    }
    out.write(0xff);
    out.write(0xff);
    return out.toByteArray();
  }

  private static String field(String row, int column, Option... options) {
    FieldFinder finder = CopyOptions.of(List.of(options), StandardCharsets.UTF_8, VERSION).finder(column, "k");
    byte[] bytes = row.getBytes(StandardCharsets.UTF_8);
    FieldFinder.Found found = finder.find(bytes, 0, bytes.length);
    return found == FieldFinder.Found.VALUE ? new String(finder.value(), StandardCharsets.UTF_8) : found.name();
  }

  private static List<String> rows(String stream, int pieceBytes, int version, Option... options) {
    return gather(stream, pieceBytes, CopyOptions.of(List.of(options), StandardCharsets.UTF_8, version)).rows;
  }

  private static Gathered gather(String stream, int pieceBytes, CopyOptions options) {
    return gather(stream.getBytes(StandardCharsets.UTF_8), pieceBytes, options);
  }

  private static Gathered gather(byte[] stream, int pieceBytes, CopyOptions options) {
    RowCutter cutter = options.cutter();
    Gathered gathered = new Gathered(options.format() == CopyOptions.Format.BINARY);
    for (int at = 0; at < stream.length; at += pieceBytes) {
      cutter.add(Unpooled.wrappedBuffer(stream, at, Math.min(pieceBytes, stream.length - at)));
      cutter.cut(gathered);
    }
    cutter.end();
    assertThat(cutter.cut(gathered)).isTrue();
    return gathered;
  }

  private static Option option(String name, String... values) {
    return new Option(name, List.of(values), new Span(0, 0));
  }

  private static final class Gathered implements RowCutter.Taker {
    private final List<String> rows = new ArrayList<>();
    private final boolean binary;
    private String header = "";

    Gathered(boolean binary) {
      this.binary = binary;
    }

    @Override
    public boolean wantsRow() {
      return true;
    }

    @Override
    public void row(byte[] bytes, int from, int contentEnd, int end, int lines) {
      rows.add(text(bytes, from, contentEnd));
    }

    @Override
    public void header(byte[] bytes, int from, int end, int lines) {
      header = text(bytes, from, end);
    }

    private String text(byte[] bytes, int from, int end) {
      return new String(bytes, from, end - from, binary ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    }
  }
}
