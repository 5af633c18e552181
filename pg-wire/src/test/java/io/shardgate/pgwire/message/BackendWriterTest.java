package io.shardgate.pgwire.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.SqlState;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Layouts are compared with bytes written by hand from the protocol chapter.
class BackendWriterTest {
  private final ByteBuf out = Unpooled.buffer();

  @Test
  void aRowAndItsDescriptionAreLaidOutAsTheProtocolSays() {
    BackendWriter.rowDescription(out, List.of(new FieldDescription("a", 16385, 2, 23, 4, -1, 1)));
    BackendWriter.dataRow(out, Arrays.asList(new byte[] {9}, null));
    assertThat(hex())
        .isEqualTo(
            "54" + "0000001a" + "0001" + "6100" + "00004001" + "0002" + "00000017" + "0004" + "ffffffff" + "0001"
                + "44" + "0000000f" + "0002" + "0000000109" + "ffffffff");
  }

  @Test
  void loginMessagesAreLaidOutAsTheProtocolSays() {
    BackendWriter.authenticationSasl(out, List.of("M"));
    BackendWriter.authenticationOk(out);
    BackendWriter.parameterStatus(out, "a", "b");
    BackendWriter.backendKeyData(out, 1, CancelKey.of(new byte[] {0, 0, 0, 2}));
    BackendWriter.readyForQuery(out, 'I');
    assertThat(hex())
        .isEqualTo(
            "520000000b0000000a4d0000" + "520000000800000000" + "530000000861006200" + "4b0000000c0000000100000002" + "5a0000000549");
  }

  @Test
  void copyResponsesAndNotificationsAreLaidOutAsTheProtocolSays() {
    BackendWriter.copyInResponse(out, 1, new int[] {1, 1});
    BackendWriter.notificationResponse(out, 5, "c", "");
    BackendWriter.negotiateProtocolVersion(out, 3 << 16, List.of("_pq_.x"));
    assertThat(hex())
        .isEqualTo(
            "470000000b01000200010001" + "410000000b00000005630000" + "760000001300030000000000015f70715f2e7800");
  }

  @Test
  void anErrorHasTheFieldsAndTheOrderOfPostgresql() {
    BackendWriter.errorResponse(out, ErrorFields.error(SqlState.SYNTAX_ERROR, "m").withHint("h").withPosition(3));
    assertThat(out.toString(5, out.writerIndex() - 5, UTF_8))
        .isEqualTo("SERROR\0VERROR\0C42601\0Mm\0Hh\0P3\0\0");
  }

  @Test
  void anErrorIsWrittenInTheClientsEncoding() {
    ErrorFields error = ErrorFields.error(SqlState.UNDEFINED_TABLE, "relation \"ä\" does not exist");
    BackendWriter.errorResponse(out, error, ISO_8859_1);
    assertThat(out.indexOf(0, out.writerIndex(), (byte) 0xe4)).isPositive();
    assertThat(ErrorFields.read(out, ISO_8859_1)).isEqualTo(error);
  }

  @Test
  void anErrorOfAForeignServerIsReadFieldForField() {
    byte[] body = "SFEHLER\0VERROR\0C42P01\0Mm\0P15\0zstrange\0\0".getBytes(UTF_8);
    out.writeByte('E').writeInt(4 + body.length).writeBytes(body);
    ErrorFields fields = ErrorFields.read(out);
    assertThat(fields.severity()).isEqualTo("ERROR");
    assertThat(fields.hasCode(SqlState.UNDEFINED_TABLE)).isTrue();
    assertThat(fields.position()).isEqualTo(OptionalInt.of(15));
    assertThat(fields.field((byte) 'z')).contains("strange");
    BackendWriter.errorResponse(out.clear(), fields);
    assertThat(out.toString(5, body.length, UTF_8)).isEqualTo(new String(body, UTF_8));
  }

  @Test
  void aPositionIsShiftedOnlyWhereThereIsOne() {
    ErrorFields error = ErrorFields.error(SqlState.SYNTAX_ERROR, "m");
    assertThat(error.withPositionShiftedBy(10)).isEqualTo(error);
    assertThat(error.withPosition(5).withPositionShiftedBy(10).position()).hasValue(15);
    assertThat(error.with(ErrorFields.POSITION, "x").withPositionShiftedBy(10).field(ErrorFields.POSITION)).contains("x");
  }

  @Test
  void anErrorWithoutItsEndIsRefused() {
    ByteBuf frame = Unpooled.wrappedBuffer(HexFormat.of().parseHex("4500000007" + "4d6d00"));
    assertThatThrownBy(() -> ErrorFields.read(frame)).isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void anUnknownTransactionStatusIsRefused() {
    ByteBuf frame = Unpooled.wrappedBuffer(HexFormat.of().parseHex("5a0000000558"));
    assertThatThrownBy(() -> BackendReader.read((byte) 'Z', frame)).isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void aHostileCountAllocatesNothingBeforeItIsChecked() {
    for (String hex : List.of("440000000affff" + "7fffffff", "7600000010" + "00030000" + "7fffffff" + "61006200", "5600000008" + "7fffffff")) {
      ByteBuf frame = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
      assertThatThrownBy(() -> BackendReader.read(frame.getByte(0), frame)).isInstanceOf(MalformedMessageException.class);
    }
  }

  @Test
  void aCursorRefusesARowThatLies() {
    for (String hex : List.of("4400000005" + "00", "4400000006" + "0001", "440000000a" + "0001" + "00000001", "440000000a" + "0001" + "fffffffe", "4400000007" + "0000" + "00")) {
      ByteBuf frame = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
      assertThatThrownBy(
              () -> {
                DataRowCursor cursor = new DataRowCursor().read(frame);
                while (cursor.next()) {}
              })
          .as(hex)
          .isInstanceOf(MalformedMessageException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INSERT 0 3, INSERT, 3",
    "UPDATE 0, UPDATE, 0",
    "SELECT 12, SELECT, 12",
    "COPY 7, COPY, 7",
    "CREATE TABLE, CREATE TABLE, ",
    "BEGIN, BEGIN, ",
    "PREPARE TRANSACTION, PREPARE TRANSACTION, ",
    "FETCH 18446744073709551615, FETCH 18446744073709551615, "
  })
  void aTagIsReadAndWrittenBack(String tag, String command, Long rows) {
    CommandTag read = CommandTag.parse(tag);
    assertThat(read).isEqualTo(new CommandTag(command, rows == null ? OptionalLong.empty() : OptionalLong.of(rows)));
    assertThat(read.text()).isEqualTo(tag);
  }

  private String hex() {
    return ByteBufUtil.hexDump(out);
  }
}
