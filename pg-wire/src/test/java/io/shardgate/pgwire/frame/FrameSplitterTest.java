package io.shardgate.pgwire.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.shardgate.pgwire.SqlState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameSplitterTest {
  private final CountingAllocator allocator = new CountingAllocator();

  @Test
  void aLengthBelowFourBreaksTheStream() {
    assertThat(eventsOf(Sender.FRONTEND, header('Q', 3))).containsExactly("violation 08P01 invalid message length");
  }

  @Test
  void aNegativeLengthBreaksTheStream() {
    assertThat(eventsOf(Sender.FRONTEND, header('Q', -1))).containsExactly("violation 08P01 invalid message length");
    assertThat(eventsOf(Sender.FRONTEND, header('d', Integer.MIN_VALUE)))
        .containsExactly("violation 08P01 invalid message length");
  }

  @Test
  void aLengthOfTwoGigabytesBreaksTheStreamAlsoForStreamedTypes() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.FRONTEND, "d");
    channel(splitter).writeInbound(header('d', Integer.MAX_VALUE));
    assertThat(splitter.events()).containsExactly("violation 08P01 invalid message length");
  }

  @Test
  void aSyncIsNotLongerThanPostgresqlAllows() {
    assertThat(eventsOf(Sender.FRONTEND, header('S', 10_001)))
        .containsExactly("violation 08P01 invalid message length");
    assertThat(eventsOf(Sender.FRONTEND, header('S', 10_000))).isEmpty();
  }

  @Test
  void anUnknownTypeIsNamedByItsNumberAsPostgresqlDoes() {
    assertThat(eventsOf(Sender.FRONTEND, header('!', 4)))
        .containsExactly("violation 08P01 invalid frontend message type 33");
    assertThat(eventsOf(Sender.FRONTEND, header((char) 0xff, 4)))
        .containsExactly("violation 08P01 invalid frontend message type 255");
  }

  @Test
  void aServersTypeIsUnknownFromAClient() {
    assertThat(eventsOf(Sender.FRONTEND, header('Z', 5)))
        .containsExactly("violation 08P01 invalid frontend message type 90");
  }

  @Test
  void afterAViolationNothingIsCutAndNothingKept() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.FRONTEND, "");
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(allocator.of(new byte[] {'!', 0, 0, 0, 4, 'S', 0, 0, 0, 4}, 0, 10));
    channel.writeInbound(allocator.of(new byte[] {'S', 0, 0, 0, 4}, 0, 5));
    assertThat(splitter.events()).hasSize(1);
    assertThat(splitter.buffered()).isZero();
    allocator.assertAllReleased();
  }

  @Test
  void aClaimedGigabyteCostsOnlyTheBytesThatCame() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.FRONTEND, "");
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(header('Q', 0x3fffffff));
    for (int i = 0; i < 100; i++) {
      channel.writeInbound(allocator.of(new byte[10], 0, 10));
    }
    assertThat(splitter.events()).isEmpty();
    assertThat(splitter.buffered()).isEqualTo(1005);
    assertThat(allocator.bytesInUse()).isLessThan(4096);
    channel.finishAndReleaseAll();
    allocator.assertAllReleased();
  }

  @Test
  void aStreamedFrameOfAnyLengthKeepsNoBytes() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "D");
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(header('D', 4 + 64 * 1024));
    for (int i = 0; i < 64; i++) {
      assertThat(splitter.unfinished()).isEqualTo((64 - i) * 1024);
      channel.writeInbound(allocator.of(new byte[1024], 0, 1024));
      assertThat(splitter.buffered()).isZero();
      allocator.assertAllReleased();
    }
    assertThat(splitter.unfinished()).isZero();
    assertThat(splitter.longestRun()).isEqualTo(1024);
    assertThat(splitter.events()).singleElement().asString().startsWith("run 1 44").hasSize(6 + 2 * (5 + 64 * 1024));
  }

  @Test
  void rowsThatCameTogetherAreOneRunAndNoByteIsCopied() {
    List<ByteBuf> seen = new ArrayList<>();
    ByteBuf bytes = rows(10);
    EmbeddedChannel channel =
        channel(
            new Streaming() {
              @Override
              protected void onRun(ChannelHandlerContext ctx, ByteBuf run, int startedFrames) {
                assertThat(startedFrames).isEqualTo(10);
                seen.add(run);
              }
            });
    int before = allocator.count();
    channel.writeInbound(bytes);
    assertThat(seen).singleElement().isSameAs(bytes);
    assertThat(allocator.count()).isEqualTo(before);
    assertThat(bytes.refCnt()).isZero();
  }

  @Test
  void aKeptSliceOutlivesTheCallAndTheBuffersThatFollow() {
    List<ByteBuf> kept = new ArrayList<>();
    EmbeddedChannel channel =
        channel(
            new FrameSplitter(Sender.FRONTEND) {
              @Override
              protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
                kept.add(frame.retainedSlice());
              }

              @Override
              protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
                throw new AssertionError(message);
              }
            });
    byte[] stream = {'Q', 0, 0, 0, 6, 'a', 0, 'Q', 0, 0, 0, 6, 'b', 0};
    for (int i = 0; i < stream.length; i++) {
      channel.writeInbound(allocator.of(stream, i, i + 1));
    }
    assertThat(kept).extracting(frame -> frame.getByte(5)).containsExactly((byte) 'a', (byte) 'b');
    kept.forEach(ByteBuf::release);
    channel.finishAndReleaseAll();
    allocator.assertAllReleased();
  }

  @Test
  void closingInACallbackReleasesEverythingOnceTheCallbackIsOver() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "D");
    splitter.afterEach(ctx -> ctx.close());
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(allocator.of(new byte[] {'Z', 0, 0, 0, 5, 'I', 'Z', 0, 0, 0, 5, 'I', 'C'}, 0, 13));
    channel.finishAndReleaseAll();
    allocator.assertAllReleased();
  }

  @Test
  void aThrowingCallbackLeaksNothing() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "D");
    splitter.afterEach(
        _ -> {
          throw new IllegalStateException("thrown on purpose");
        });
    EmbeddedChannel channel = channel(splitter);
    assertThatThrownBy(() -> channel.writeInbound(rows(3))).hasMessage("thrown on purpose");
    channel.close();
    allocator.assertAllReleased();
  }

  @Test
  void aReadInsideACallbackIsCutAfterIt() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "");
    boolean[] done = {false};
    splitter.afterEach(
        ctx -> {
          if (!done[0]) {
            done[0] = true;
            ctx.pipeline().fireChannelRead(allocator.of(new byte[] {'1', 0, 0, 0, 4}, 0, 5));
          }
        });
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(allocator.of(new byte[] {'2', 0, 0, 0, 4, '3', 0, 0, 0, 4}, 0, 10));
    assertThat(splitter.events()).containsExactly("frame 3200000004", "frame 3300000004", "frame 3100000004");
    allocator.assertAllReleased();
  }

  @Test
  void resumingOutsideARead_cutsWhatIsHereAndCompletesTheReadOnce() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "");
    EmbeddedChannel channel = channel(splitter);
    splitter.pauseNow();
    channel.writeInbound(allocator.of(new byte[] {'2', 0, 0, 0, 4, '3', 0, 0, 0, 4}, 0, 10));
    assertThat(splitter.events()).isEmpty();
    int completes = splitter.readCompletes();
    splitter.resumeNow(channel.pipeline().context(splitter));
    assertThat(splitter.events()).hasSize(2);
    assertThat(splitter.readCompletes()).isEqualTo(completes + 1);
  }

  @Test
  void resumingWhenAReadIsCompleteCutsTheRestAndCompletesOnceMore() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "");
    splitter.afterEach(_ -> splitter.pauseNow()).onComplete(splitter::resumeNow);
    channel(splitter).writeInbound(allocator.of(new byte[] {'2', 0, 0, 0, 4, '3', 0, 0, 0, 4}, 0, 10));
    assertThat(splitter.events()).containsExactly("frame 3200000004", "frame 3300000004");
    assertThat(splitter.readCompletes()).isEqualTo(3);
    assertThat(splitter.isPaused()).isFalse();
  }

  @Test
  void bytesBehindTheEndOfABufferThatCameAreLeftAlone() {
    byte[] shared = {'2', 0, 0, 7, 7, 7, 7, 7};
    ByteBuf front = Unpooled.wrappedBuffer(shared).writerIndex(3);
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "");
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(front, allocator.of(new byte[] {0, 4}, 0, 2));
    assertThat(splitter.events()).containsExactly("frame 3200000004");
    assertThat(shared).containsExactly('2', 0, 0, 7, 7, 7, 7, 7);
  }

  @Test
  void aPausedSplitterHoldsNoBufferThatIsUsedUp() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "D");
    splitter.afterEach(_ -> splitter.pauseNow());
    channel(splitter).writeInbound(rows(2));
    assertThat(splitter.isPaused()).isTrue();
    allocator.assertAllReleased();
  }

  @Test
  void bytesOfAClosedChannelGoToNobody() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "");
    RecordingSplitter next = new RecordingSplitter(Sender.BACKEND, "");
    EmbeddedChannel channel = channel(splitter);
    channel.pipeline().addLast(next);
    splitter.pauseNow();
    channel.writeInbound(allocator.of(new byte[] {'2', 0, 0, 0, 4}, 0, 5));
    channel.close();
    assertThat(next.events()).isEmpty();
    allocator.assertAllReleased();
  }

  @Test
  void aSplitterThatLeavesWhileItResumesIsNotToldThatTheReadIsComplete() {
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, "");
    splitter.afterEach(ctx -> ctx.pipeline().remove(splitter));
    EmbeddedChannel channel = channel(splitter);
    splitter.pauseNow();
    channel.writeInbound(allocator.of(new byte[] {'2', 0, 0, 0, 4}, 0, 5));
    int completes = splitter.readCompletes();
    splitter.resumeNow(channel.pipeline().context(splitter));
    assertThat(splitter.events()).hasSize(1);
    assertThat(splitter.readCompletes()).isEqualTo(completes);
  }

  @Test
  void bytesKeptWhenTheChannelClosesCanStillBeCutInChannelInactive() {
    List<String> frames = new ArrayList<>();
    FrameSplitter splitter =
        new FrameSplitter(Sender.BACKEND) {
          @Override
          public void handlerAdded(ChannelHandlerContext ctx) {
            pause();
          }

          @Override
          protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
            frames.add(String.valueOf((char) type));
          }

          @Override
          protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
            throw new AssertionError(message);
          }

          @Override
          public void channelInactive(ChannelHandlerContext ctx) {
            resume(ctx);
          }
        };
    EmbeddedChannel channel = channel(splitter);
    channel.writeInbound(allocator.of(new byte[] {'E', 0, 0, 0, 5, 0}, 0, 6));
    channel.close();
    assertThat(frames).containsExactly("E");
    allocator.assertAllReleased();
  }

  @Test
  void aTooLongFrameCanBeAnsweredAndDropped() {
    List<String> events = new ArrayList<>();
    FrameSplitter splitter =
        new FrameSplitter(Sender.FRONTEND) {
          @Override
          protected int maxFrameBytes(byte type) {
            return type == 'Q' ? 10 : super.maxFrameBytes(type);
          }

          @Override
          protected void onTooLong(ChannelHandlerContext ctx, byte type, int length) {
            events.add("too long: " + length);
          }

          @Override
          protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
            events.add("frame of " + frame.readableBytes());
          }

          @Override
          protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
            events.add(message);
          }
        };
    EmbeddedChannel channel = channel(splitter);
    byte[] stream = {'Q', 0, 0, 0, 10, 0, 0, 0, 0, 0, 'S', 'Q', 0, 0, 0, 9, 0, 0, 0, 0, 0, 'S', 0, 0, 0, 4};
    for (int i = 0; i < stream.length; i++) {
      channel.writeInbound(allocator.of(stream, i, i + 1));
    }
    assertThat(events).containsExactly("too long: 11", "frame of 10", "frame of 5");
    allocator.assertAllReleased();
  }

  @Test
  void aTooLongFrameBreaksTheStreamUnlessTheSubclassSaysOtherwise() {
    List<String> events = new ArrayList<>();
    FrameSplitter splitter =
        new FrameSplitter(Sender.FRONTEND) {
          @Override
          protected int maxFrameBytes(byte type) {
            return 10;
          }

          @Override
          protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
            events.add("frame");
          }

          @Override
          protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
            events.add(code.code() + " " + message);
          }
        };
    channel(splitter).writeInbound(header('Q', 10));
    assertThat(events).containsExactly("54000 message of type \"Q\" is too long: 11 bytes (limit: 10)");
  }

  private abstract static class Streaming extends FrameSplitter {
    Streaming() {
      super(Sender.BACKEND);
    }

    @Override
    protected boolean streams(byte type) {
      return type == 'D';
    }

    @Override
    protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
      throw new AssertionError("frame");
    }

    @Override
    protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
      throw new AssertionError(message);
    }
  }

  private List<String> eventsOf(Sender sender, ByteBuf bytes) {
    RecordingSplitter splitter = new RecordingSplitter(sender, "");
    channel(splitter).writeInbound(bytes);
    return splitter.events();
  }

  private EmbeddedChannel channel(FrameSplitter splitter) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(splitter);
    return channel;
  }

  private ByteBuf rows(int count) {
    ByteBuf rows = allocator.buffer();
    for (int i = 0; i < count; i++) {
      rows.writeByte('D').writeInt(6).writeShort(0);
    }
    return rows;
  }

  private static ByteBuf header(char type, int length) {
    return Unpooled.buffer().writeByte(type).writeInt(length);
  }
}
