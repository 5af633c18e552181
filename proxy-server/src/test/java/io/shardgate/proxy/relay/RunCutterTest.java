package io.shardgate.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RunCutterTest {
  private static final int MESSAGES = 200;
  private static final int BODY_BYTES_MAX = 700;
  private static final int RUN_BYTES_MAX = 1_000;

  /// Whoever passes messages on keeps slices until they are written, while more is cut.
  @RepeatedTest(20)
  void whatWasTakenStaysAsItIsWhileMoreIsCut(RepetitionInfo repetition) {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    ByteBuf stream = messages(random);
    byte[] all = ByteBufUtil.getBytes(stream);
    RunCutter cutter = new RunCutter(10_000);
    List<ByteBuf> taken = new ArrayList<>();
    while (stream.isReadable()) {
      ByteBuf run = stream.readBytes(Math.min(stream.readableBytes(), random.nextInt(1, RUN_BYTES_MAX)));
      cutter.cut(run, (type, frame) -> {
        assertThat(type).isEqualTo((byte) 'd');
        taken.add(frame.retainedSlice());
      });
      run.release();
    }
    cutter.release();
    ByteBuf joined = UnpooledByteBufAllocator.DEFAULT.buffer();
    taken.forEach(slice -> {
      joined.writeBytes(slice);
      slice.release();
    });
    assertThat(taken).hasSize(MESSAGES);
    assertThat(ByteBufUtil.getBytes(joined)).isEqualTo(all);
    joined.release();
    stream.release();
  }

  private static ByteBuf messages(SplittableRandom random) {
    ByteBuf stream = UnpooledByteBufAllocator.DEFAULT.buffer();
    for (int i = 0; i < MESSAGES; i++) {
      byte[] body = new byte[random.nextInt(BODY_BYTES_MAX)];
      random.nextBytes(body);
      stream.writeByte('d').writeInt(4 + body.length).writeBytes(body);
    }
    return stream;
  }

  @Test
  void aMessageThatComesByteByByteIsTakenOnce() {
    ByteBuf stream = UnpooledByteBufAllocator.DEFAULT.buffer();
    stream.writeByte('d').writeInt(7).writeBytes(new byte[] {1, 2, 3});
    RunCutter cutter = new RunCutter(100);
    List<String> taken = new ArrayList<>();
    while (stream.isReadable()) {
      ByteBuf one = stream.readBytes(1);
      cutter.cut(one, (_, frame) -> taken.add(ByteBufUtil.hexDump(frame)));
      one.release();
    }
    assertThat(taken).containsExactly("6400000007010203");
    stream.release();
  }
}
