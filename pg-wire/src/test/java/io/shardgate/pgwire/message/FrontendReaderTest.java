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
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Layouts are compared with bytes written by hand from the protocol chapter, so that reader and writer can not be wrong alike.
class FrontendReaderTest {
  @Test
  void aParseIsLaidOutAsTheProtocolSays() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.parse(out, "s", "SELECT $1".getBytes(UTF_8), new int[] {23});
    assertThat(hex(out)).isEqualTo("50" + "00000016" + "7300" + "53454c45435420243100" + "0001" + "00000017");
  }

  @Test
  void aBindIsLaidOutAsTheProtocolSays() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.bind(
        out, "p", "s", new int[] {1, 0}, Arrays.asList(new byte[] {7}, null), new int[] {1});
    assertThat(hex(out))
        .isEqualTo("42" + "0000001d" + "7000" + "7300" + "000200010000" + "0002" + "0000000107" + "ffffffff" + "00010001");
  }

  @Test
  void describeExecuteCloseSyncAreLaidOutAsTheProtocolSays() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.describeStatement(out, "s");
    FrontendWriter.describePortal(out, "");
    FrontendWriter.execute(out, "", 5);
    FrontendWriter.closePortal(out, "p");
    FrontendWriter.sync(out);
    assertThat(hex(out))
        .isEqualTo("44000000075373" + "00" + "44000000065000" + "45000000090000000005" + "43000000075070" + "00" + "5300000004");
  }

  @Test
  void saslMessagesAreLaidOutAsTheProtocolSays() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.saslInitial(out, "S", "n".getBytes(UTF_8));
    FrontendWriter.saslInitial(out, "S", null);
    assertThat(hex(out)).isEqualTo("700000000b5300000000016e" + "700000000a5300ffffffff");
  }

  @Test
  void startupPacketsAreLaidOutAsTheProtocolSays() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.sslRequest(out);
    FrontendWriter.gssEncRequest(out);
    FrontendWriter.cancel(out, 1, CancelKey.of(new byte[] {0, 0, 0, 2}));
    FrontendWriter.startup(out, Map.of("user", "u"));
    assertThat(hex(out))
        .isEqualTo("0000000804d2162f" + "0000000804d21630" + "0000001004d2162e0000000100000002" + "0000001000030000" + "7573657200" + "7500" + "00");
  }

  @Test
  void sixtyFiveThousandParametersAreRead() {
    List<byte[]> many = Collections.nCopies(65_535, new byte[] {'1'});
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.bind(out, "", "", new int[0], many, new int[0]);
    assertThat(new BindView().read(out).parameterCount()).isEqualTo(65_535);
    FrontendMessage.Bind bind = (FrontendMessage.Bind) FrontendReader.read((byte) 'B', out);
    assertThat(bind.parameters()).hasSize(65_535);
  }

  @Test
  void moreParametersThanTheCountCanSayAreRefused() {
    List<byte[]> many = Collections.nCopies(65_536, new byte[0]);
    assertThatThrownBy(() -> FrontendWriter.bind(Unpooled.buffer(), "", "", new int[0], many, new int[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count: 65536 (expected: at most 65535)");
  }

  @Test
  void formatsThatDoNotFitTheParametersAreRefusedInPostgresqlsWords() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.bind(out, "", "", new int[] {0, 0}, List.of(new byte[0]), new int[0]);
    assertMalformed('B', out, "bind message has 2 parameter formats but 1 parameters");
    assertThatThrownBy(() -> new BindView().read(out.resetReaderIndex()))
        .hasMessage("bind message has 2 parameter formats but 1 parameters");
  }

  @Test
  void aValueOfLengthBelowMinusOneIsRefused() {
    ByteBuf bind = frame("42" + "00000010" + "0000" + "0000" + "0001" + "fffffffe" + "0000");
    assertThatThrownBy(() -> new BindView().read(bind)).hasMessage("insufficient data left in message");
    assertMalformed('B', bind, "insufficient data left in message");
  }

  @Test
  void aStringWithoutItsEndIsRefused() {
    assertMalformed('Q', frame("5100000005" + "61"), "invalid string in message");
  }

  @Test
  void bytesBehindTheEndAreRefused() {
    assertMalformed('S', frame("5300000005" + "00"), "invalid message format");
    assertMalformed('Q', frame("5100000007" + "610062"), "invalid message format");
  }

  @Test
  void anUnknownSubjectIsRefusedInPostgresqlsWords() {
    assertMalformed('D', frame("4400000006" + "5800"), "invalid DESCRIBE message subtype 88");
    assertMalformed('C', frame("4300000006" + "5800"), "invalid CLOSE message subtype 88");
  }

  @Test
  void aNameIsReadInTheGivenCharset() {
    ByteBuf frame = frame("4400000007" + "53" + "e4" + "00");
    FrontendMessage.Describe describe = (FrontendMessage.Describe) FrontendReader.read((byte) 'D', frame, ISO_8859_1);
    assertThat(describe.name()).isEqualTo("ä");
  }

  @Test
  void aNameIsWrittenInTheGivenCharset() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.describePortal(out, "ä", ISO_8859_1);
    FrontendWriter.execute(out, "ä", 0, ISO_8859_1);
    assertThat(hex(out)).isEqualTo("4400000007" + "50e400" + "450000000a" + "e400" + "00000000");
  }

  @Test
  void aNameWithAZeroByteIsRefusedByTheWriter() {
    assertThatThrownBy(() -> FrontendWriter.execute(Unpooled.buffer(), "a\0b", 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FrontendWriter.query(Unpooled.buffer(), new byte[] {'a', 0, 'b'}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPasswordNeedsItsZeroByte() {
    assertThat(new FrontendMessage.AuthenticationReply(new byte[] {'p', 0}).password()).isEqualTo(new byte[] {'p'});
    assertThatThrownBy(() -> new FrontendMessage.AuthenticationReply(new byte[] {'p'}).password())
        .hasMessage("invalid password packet size");
    assertThatThrownBy(() -> new FrontendMessage.AuthenticationReply(new byte[0]).password())
        .hasMessage("invalid password packet size");
  }

  @Test
  void aSaslInitialResponseIsReadWithAndWithoutAnAnswer() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.saslInitial(out, "SCRAM-SHA-256", new byte[] {1, 2});
    SaslInitialResponse full = SaslInitialResponse.of((FrontendMessage.AuthenticationReply) FrontendReader.read((byte) 'p', out));
    assertThat(full.mechanism()).isEqualTo("SCRAM-SHA-256");
    assertThat(full.response()).containsExactly(1, 2);
    FrontendWriter.saslInitial(out.clear(), "X", null);
    SaslInitialResponse none = SaslInitialResponse.of((FrontendMessage.AuthenticationReply) FrontendReader.read((byte) 'p', out));
    assertThat(none.response()).isNull();
  }

  @Test
  void aSaslInitialResponseOfAWrongLengthIsRefused() {
    for (String body : List.of("", "58", "5800", "580000000002" + "01", "580000000001" + "0102", "5800fffffffe", "5800ffffffff01")) {
      byte[] bytes = HexFormat.of().parseHex(body);
      assertThatThrownBy(() -> SaslInitialResponse.of(new FrontendMessage.AuthenticationReply(bytes)))
          .as(body)
          .isInstanceOf(MalformedMessageException.class);
    }
  }

  @Test
  void secretsAreNotPrinted() {
    assertThat(new FrontendMessage.AuthenticationReply("secret".getBytes(UTF_8)).toString()).doesNotContain("secret");
    assertThat(new BackendMessage.BackendKeyData(1, CancelKey.of("secret".getBytes(java.nio.charset.StandardCharsets.UTF_8))).toString()).isEqualTo("BackendKeyData[processId=1, key=***]");
  }

  private static void assertMalformed(char type, ByteBuf frame, String message) {
    assertThatThrownBy(() -> FrontendReader.read((byte) type, frame))
        .isInstanceOfSatisfying(
            MalformedMessageException.class, e -> assertThat(e.code()).isEqualTo(SqlState.PROTOCOL_VIOLATION))
        .hasMessage(message);
  }

  private static ByteBuf frame(String hex) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
  }

  private static String hex(ByteBuf buffer) {
    return ByteBufUtil.hexDump(buffer);
  }
}
