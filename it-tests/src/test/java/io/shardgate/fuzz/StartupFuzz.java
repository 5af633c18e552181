package io.shardgate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a stranger says first: TLS or not, cancel requests, startup packets of any protocol, SASL. He is answered or left, and nobody else notices.
final class StartupFuzz {
  private static final int SILENCE_MILLIS = 10_000;

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "12s")
  void aStrangerIsAnsweredOrLeft(byte[] input) throws IOException {
    int logged = LogWatch.lines().size();
    byte[] answer;
    try (WireClient stranger = FuzzedProxy.CLUSTER.tcp()) {
      stranger.socket().setSoTimeout(SILENCE_MILLIS);
      answer = said(stranger, input);
    }
    isAnAnswer(answer);
    FuzzedProxy.isUnharmed(logged);
  }

  /// Says all of it, then that no more comes; what is answered until the proxy closes.
  private static byte[] said(WireClient stranger, byte[] input) throws IOException {
    try {
      stranger.socket().getOutputStream().write(input);
      stranger.socket().shutdownOutput();
      return stranger.socket().getInputStream().readAllBytes();
    } catch (SocketException _) {
      return new byte[0]; // reset: it had more to say than was heard
    }
  }

  /// Letters for the requests for encryption, then whole messages of a server that logs somebody in; behind `S`, or where TLS began
  /// at once, what TLS says.
  private static void isAnAnswer(byte[] answer) {
    int at = 0;
    while (at < answer.length && answer[at] == 'N' && (at + 1 == answer.length || at < 2)) {
      at++;
    }
    if (at < answer.length && (answer[at] == 'S' || answer[at] == 0x15 || answer[at] == 0x16)) {
      return;
    }
    ByteBuf rest = Unpooled.wrappedBuffer(answer, at, answer.length - at);
    while (rest.isReadable()) {
      assertThat(rest.readableBytes()).as("%s", HexFormat.of().formatHex(answer)).isGreaterThanOrEqualTo(5);
      assertThat("REv").contains(Character.toString(rest.readByte()));
      int length = rest.readInt();
      assertThat(length).isBetween(Integer.BYTES, Integer.BYTES + rest.readableBytes());
      rest.skipBytes(length - Integer.BYTES);
    }
  }

  static Stream<byte[]> seeds() {
    Stream<byte[]> written = Stream.<Consumer<ByteBuf>>of(
            out -> FrontendWriter.startup(out, Map.of("user", "app", "database", "app")),
            out -> FrontendWriter.startup(out, 2, Map.of("user", "app", "_pq_.x", "1", "options", "-c a=b --c-d=e")),
            out -> FrontendWriter.startup(out, 9, Map.of("user", "nobody", "replication", "true", "client_encoding", "LATIN1")),
            out -> out.writeInt(8).writeInt(80877103),
            out -> out.writeInt(8).writeInt(80877104),
            out -> {
              out.writeInt(8).writeInt(80877104);
              FrontendWriter.startup(out, Map.of("user", "app"));
            },
            out -> out.writeInt(16).writeInt(80877102).writeInt(1).writeInt(2),
            out -> out.writeInt(24).writeInt(80877102).writeInt(1).writeZero(12),
            out -> {
              FrontendWriter.startup(out, Map.of("user", "app", "database", "app"));
              FrontendWriter.saslInitial(out, "SCRAM-SHA-256", "n,,n=,r=abcdefghijklmnop".getBytes(StandardCharsets.US_ASCII));
              FrontendWriter.saslResponse(out, "c=biws,r=abcdefghijklmnop,p=AAAA".getBytes(StandardCharsets.US_ASCII));
            },
            out -> {
              FrontendWriter.startup(out, Map.of("user", "app"));
              FrontendWriter.saslInitial(out, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=x".getBytes(StandardCharsets.US_ASCII));
            })
        .map(writer -> {
          ByteBuf out = Unpooled.buffer();
          writer.accept(out);
          return ByteBufUtil.getBytes(out);
        });
    String hello = "16030100310100002d0303" + "00".repeat(32) + "000002130101000002001000050003026832";
    return Stream.concat(written, Stream.of(HexFormat.of().parseHex(hello), "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
  }
}
