package io.shardgate.pgwire.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.message.StartupPacket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartupSplitterTest {
  private final CountingAllocator allocator = new CountingAllocator();
  private final List<Object> packets = new ArrayList<>();
  private final List<Integer> buffered = new ArrayList<>();

  @Test
  void everyCutOfALoginGivesTheSamePacketsAndHandsTheRestOver() {
    byte[] stream = login();
    for (int i = 0; i <= stream.length; i++) {
      for (int j = i; j <= stream.length; j++) {
        packets.clear();
        RecordingSplitter next = new RecordingSplitter(Sender.FRONTEND, "");
        EmbeddedChannel channel = channel(new Recording(next));
        for (int[] piece : new int[][] {{0, i}, {i, j}, {j, stream.length}}) {
          channel.writeInbound(allocator.of(stream, piece[0], piece[1]));
        }
        assertThat(packets)
            .containsExactly(
                new StartupPacket.GssEncRequest(),
                new StartupPacket.SslRequest(),
                new StartupPacket.Startup(3, 0, Map.of("user", "ann")));
        assertThat(next.events()).containsExactly("frame 5100000006" + "2000", "frame 5300000004");
        channel.finishAndReleaseAll();
        allocator.assertAllReleased();
      }
    }
  }

  @Test
  void bytesSentBeforeTheAnswerToAnSslRequestAreSeen() {
    channel(new Recording(null)).writeInbound(hex("0000000804d2162f" + "0102"));
    assertThat(buffered).containsExactly(2);
  }

  @Test
  void aCancelRequestIsRead() {
    channel(new Recording(null)).writeInbound(hex("0000001004d2162e" + "00000007" + "fffffffe"));
    assertThat(packets).containsExactly(new StartupPacket.CancelRequest(7, CancelKey.of(new byte[] {-1, -1, -1, -2})));
  }

  @Test
  void aWrongLengthIsNotAnswered() {
    for (String length : List.of("00000000", "00000004", "00000007", "ffffffff", "80000000", "00002715", "16030102", "47455420")) {
      packets.clear();
      channel(new Recording(null)).writeInbound(hex(length));
      assertThat(packets).as(length).containsExactly("08P01 invalid length of startup packet false");
    }
  }

  @Test
  void theLongestPacketOfPostgresqlIsTaken() {
    String value = "x".repeat(10_000 - 4 - "user".length() - 3);
    ByteBuf packet = Unpooled.buffer();
    FrontendWriter.startup(packet, Map.of("user", value));
    assertThat(packet.readableBytes()).isEqualTo(10_004);
    channel(new Recording(null)).writeInbound(packet);
    assertThat(packets).containsExactly(new StartupPacket.Startup(3, 0, Map.of("user", value)));
  }

  @Test
  void aBrokenPacketIsRefusedInPostgresqlsWords() {
    String terminator = "08P01 invalid startup packet layout: expected terminator as last byte true";
    assertRefused("0000000c00030000" + "75736572", terminator);
    assertRefused("0000000d00030000" + "7573657200", terminator);
    assertRefused("0000000f00030000" + "7573657200" + "7500", terminator);
    assertRefused("0000001100030000" + "7573657200" + "7500" + "0000", terminator);
    assertRefused("0000000800030000", terminator);
    assertRefused("0000000c04d2162e" + "00000001", "08P01 invalid length of cancel key false");
    assertRefused("0000000804d2162e", "08P01 invalid length of cancel request packet false");
    assertRefused("0000010d04d2162e" + "00000001" + "00".repeat(257), "08P01 invalid length of cancel key false");
    assertRefused("0000000900020000" + "00", "0A000 unsupported frontend protocol 2.0: server supports 3.0 to 3.2 true");
  }

  @Test
  void aNewerMinorVersionIsNotRefusedHere() {
    channel(new Recording(null)).writeInbound(hex("0000000900030002" + "00"));
    assertThat(packets).containsExactly(new StartupPacket.Startup(3, 2, Map.of()));
  }

  @Test
  void aConnectionThatClosesInAPacketLeaksNothing() {
    EmbeddedChannel channel = channel(new Recording(null));
    channel.writeInbound(allocator.of(new byte[] {0, 0, 0, 50, 0, 3}, 0, 6));
    channel.writeInbound(allocator.of(new byte[] {0, 0}, 0, 2));
    channel.close();
    allocator.assertAllReleased();
  }

  private void assertRefused(String hex, String event) {
    packets.clear();
    channel(new Recording(null)).writeInbound(hex(hex));
    assertThat(packets).as(hex).containsExactly(event);
  }

  private EmbeddedChannel channel(StartupSplitter splitter) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(splitter);
    return channel;
  }

  private static byte[] login() {
    ByteBuf out = Unpooled.buffer();
    FrontendWriter.gssEncRequest(out);
    FrontendWriter.sslRequest(out);
    FrontendWriter.startup(out, Map.of("user", "ann"));
    FrontendWriter.query(out, " ".getBytes(UTF_8));
    FrontendWriter.sync(out);
    return ByteBufUtil.getBytes(out);
  }

  private static ByteBuf hex(String hex) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
  }

  /// Writes down what came; answers requests at once and leaves to `next` after a startup packet.
  private final class Recording extends StartupSplitter {
    private final RecordingSplitter next;

    Recording(RecordingSplitter next) {
      this.next = next;
    }

    @Override
    protected void onPacket(ChannelHandlerContext ctx, StartupPacket packet) {
      packets.add(packet);
      buffered.add(bufferedBytes());
      switch (packet) {
        case StartupPacket.SslRequest _, StartupPacket.GssEncRequest _ -> expectNext(ctx);
        case StartupPacket.CancelRequest _ -> ctx.close();
        case StartupPacket.Startup _ -> {
          if (next != null) {
            ctx.pipeline().replace(this, "next", next);
          }
        }
      }
    }

    @Override
    protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message, boolean answer) {
      packets.add(code.code() + " " + message + " " + answer);
    }
  }
}
