package io.shardgate.pgwire.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Whatever the pieces a stream comes in, the same frames and runs are cut.
class FrameSplitterProperties {
  private static final String STREAMED = "Dd";

  @Property(tries = 400)
  void everySplitGivesTheSameFramesAndRuns(
      @ForAll("streams") byte[] stream, @ForAll("cutPoints") List<Integer> cuts) {
    assertSameAsWhole(stream, List.copyOf(cuts));
  }

  @Property(tries = 150)
  void everySplitOfGarbageGivesTheSameEvents(
      @ForAll("garbage") byte[] stream, @ForAll("cutPoints") List<Integer> cuts) {
    assertSameAsWhole(stream, List.copyOf(cuts));
  }

  @Property(tries = 200)
  void pausingAfterAnyCallbackLosesNothing(
      @ForAll("streams") byte[] stream, @ForAll("cutPoints") List<Integer> cuts, @ForAll long seed) {
    Random random = new Random(seed);
    CountingAllocator allocator = new CountingAllocator();
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, STREAMED);
    splitter.afterEach(
        ctx -> {
          switch (random.nextInt(4)) {
            case 0 -> splitter.pauseNow();
            case 1 -> {
              splitter.pauseNow();
              splitter.resumeNow(ctx);
            }
            default -> {}
          }
        });
    EmbeddedChannel channel = channel(splitter, allocator);
    for (ByteBuf piece : pieces(stream, cuts, allocator)) {
      channel.writeInbound(piece);
      if (random.nextBoolean()) {
        splitter.resumeNow(channel.pipeline().context(splitter));
      }
    }
    while (splitter.isPaused()) {
      splitter.resumeNow(channel.pipeline().context(splitter));
    }
    assertThat(splitter.events()).isEqualTo(cutWhole(stream));
    channel.finishAndReleaseAll();
    allocator.assertAllReleased();
  }

  @Property(tries = 150)
  void aSuccessorGetsExactlyTheBytesNotCut(
      @ForAll("streams") byte[] stream, @ForAll("cutPoints") List<Integer> cuts, @ForAll long seed) {
    int leavesAfter = 1 + new Random(seed).nextInt(5);
    CountingAllocator allocator = new CountingAllocator();
    RecordingSplitter first = new RecordingSplitter(Sender.BACKEND, "");
    RecordingSplitter second = new RecordingSplitter(Sender.BACKEND, "");
    int[] calls = {0};
    first.afterEach(
        ctx -> {
          if (++calls[0] == leavesAfter) {
            ctx.pipeline().replace(first, "second", second);
          }
        });
    EmbeddedChannel channel = channel(first, allocator);
    pieces(stream, cuts, allocator).forEach(channel::writeInbound);
    List<String> both = new ArrayList<>(first.events());
    both.addAll(second.events());
    RecordingSplitter whole = new RecordingSplitter(Sender.BACKEND, "");
    EmbeddedChannel reference = new EmbeddedChannel(whole);
    reference.writeInbound(Unpooled.wrappedBuffer(stream));
    assertThat(both).isEqualTo(whole.events());
    reference.finishAndReleaseAll();
    channel.finishAndReleaseAll();
    allocator.assertAllReleased();
  }

  @Example
  void everyCutInTwoOfAStreamOfAllKinds() {
    byte[] stream = sample();
    for (int i = 0; i <= stream.length; i++) {
      assertSameAsWhole(stream, List.of(i));
    }
  }

  @Example
  void everyCutInThreeOfAStreamOfAllKinds() {
    byte[] stream = sample();
    for (int i = 0; i <= stream.length; i++) {
      for (int j = i; j <= stream.length; j++) {
        assertSameAsWhole(stream, List.of(i, j));
      }
    }
  }

  @Example
  void byteByByte() {
    byte[] stream = sample();
    List<Integer> cuts = new ArrayList<>();
    for (int i = 0; i < stream.length; i++) {
      cuts.add(i);
    }
    assertSameAsWhole(stream, cuts);
  }

  @Provide
  Arbitrary<byte[]> streams() {
    Arbitrary<byte[]> frame =
        Combinators.combine(Arbitraries.of('D', 'd', 'T', 'C', 'Z', '2'), Arbitraries.integers().between(0, 40))
            .as((type, length) -> frame(type, length));
    return frame.list().ofMaxSize(30).map(FrameSplitterProperties::joined);
  }

  @Provide
  Arbitrary<byte[]> garbage() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
  }

  @Provide
  Arbitrary<List<Integer>> cutPoints() {
    return Arbitraries.integers().between(0, 1200).list().ofMaxSize(60);
  }

  private static void assertSameAsWhole(byte[] stream, List<Integer> cuts) {
    CountingAllocator allocator = new CountingAllocator();
    RecordingSplitter splitter = new RecordingSplitter(Sender.BACKEND, STREAMED);
    EmbeddedChannel channel = channel(splitter, allocator);
    pieces(stream, cuts, allocator).forEach(channel::writeInbound);
    assertThat(splitter.events()).as("cuts at %s", cuts).isEqualTo(cutWhole(stream));
    channel.finishAndReleaseAll();
    allocator.assertAllReleased();
  }

  private static List<String> cutWhole(byte[] stream) {
    List<String> events = new ArrayList<>();
    int position = 0;
    int runFrames = 0;
    int runStart = 0;
    while (true) {
      boolean hasHeader = stream.length - position >= FrameSplitter.HEADER_BYTES;
      byte type = hasHeader ? stream[position] : 0;
      int length = hasHeader ? Unpooled.wrappedBuffer(stream).getInt(position + 1) : 0;
      int most = hasHeader ? Sender.BACKEND.maxFrameBytes(type) : 0;
      boolean valid = most > 0 && length >= 4 && length < most;
      if (valid && STREAMED.indexOf(type) >= 0) {
        runStart = runFrames == 0 ? position : runStart;
        runFrames++;
        position = (int) Math.min(stream.length, position + 1L + length);
        continue;
      }
      if (runFrames > 0) {
        events.add("run " + runFrames + " " + hex(stream, runStart, position));
        runFrames = 0;
      }
      if (hasHeader && !valid) {
        events.add(
            "violation 08P01 "
                + (most == 0 ? "invalid backend message type " + (type & 0xff) : "invalid message length"));
        return events;
      }
      if (!hasHeader || stream.length - position < 1 + length) {
        return events;
      }
      events.add("frame " + hex(stream, position, position + 1 + length));
      position += 1 + length;
    }
  }

  private static String hex(byte[] bytes, int from, int to) {
    return java.util.HexFormat.of().formatHex(bytes, from, to);
  }

  private static List<ByteBuf> pieces(byte[] stream, List<Integer> cuts, CountingAllocator allocator) {
    TreeSet<Integer> borders = new TreeSet<>(cuts);
    borders.removeIf(cut -> cut > stream.length);
    borders.add(stream.length);
    List<ByteBuf> pieces = new ArrayList<>();
    int from = 0;
    for (int to : borders) {
      pieces.add(allocator.of(stream, from, to));
      from = to;
    }
    return pieces;
  }

  private static EmbeddedChannel channel(RecordingSplitter splitter, CountingAllocator allocator) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast("first", splitter);
    return channel;
  }

  private static byte[] sample() {
    return joined(
        List.of(
            frame('T', 7), frame('D', 3), frame('D', 0), frame('D', 11), frame('C', 5), frame('Z', 1),
            frame('d', 2), frame('2', 0), frame('D', 1)));
  }

  private static byte[] frame(char type, int bodyBytes) {
    ByteBuf frame = Unpooled.buffer().writeByte(type).writeInt(4 + bodyBytes);
    for (int i = 0; i < bodyBytes; i++) {
      frame.writeByte(type + i);
    }
    byte[] bytes = new byte[frame.readableBytes()];
    frame.readBytes(bytes);
    return bytes;
  }

  private static byte[] joined(List<byte[]> frames) {
    ByteBuf out = Unpooled.buffer();
    frames.forEach(out::writeBytes);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }
}
