package io.shardgate.proxy.gather;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.shardgate.router.plan.Scattering;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// Rows of several sources, in whatever pieces they come, are the rows of one.
class RowMergeTest {
  private static final int SOURCES = 5;
  private static final int ROWS_MAX = 40;

  private static ByteBuf row(@Nullable Long value) {
    ByteBuf row = UnpooledByteBufAllocator.DEFAULT.buffer();
    row.writeByte('D').writeInt(0).writeShort(2);
    String shown = String.valueOf(value);
    row.writeInt(shown.length()).writeBytes(shown.getBytes(StandardCharsets.US_ASCII));
    if (value == null) {
      row.writeInt(-1);
    } else {
      row.writeInt(16).writeBytes(HexFormat.of().toHexDigits(value).getBytes(StandardCharsets.US_ASCII));
    }
    return row.setInt(1, row.writerIndex() - 1);
  }

  private static String shown(ByteBuf bytes, int from, int length) {
    assertThat(bytes.getInt(from + 1)).isEqualTo(length - 1);
    assertThat(bytes.getUnsignedShort(from + 5)).isEqualTo(1);
    return bytes.toString(from + 11, bytes.getInt(from + 7), StandardCharsets.US_ASCII);
  }

  @RepeatedTest(30)
  void theirOrderIsThatOfAll(RepetitionInfo repetition) {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    boolean descending = random.nextBoolean();
    boolean nullsFirst = random.nextBoolean();
    long offset = random.nextBoolean() ? 0 : random.nextInt(20);
    long limit = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(60);
    RowMerge merge = new RowMerge(List.of(new Scattering.Order("x", Scattering.Comparison.SIGNED, descending, nullsFirst)), offset, limit);
    Comparator<@Nullable Long> byValue = descending ? Collections.reverseOrder() : Comparator.<Long>naturalOrder();
    Comparator<@Nullable Long> order = nullsFirst ? Comparator.nullsFirst(byValue) : Comparator.nullsLast(byValue);
    List<@Nullable Long> all = new ArrayList<>();
    List<List<@Nullable Long>> left = new ArrayList<>();
    for (int i = 0; i < SOURCES; i++) {
      List<@Nullable Long> own = new ArrayList<>();
      for (int n = random.nextInt(ROWS_MAX); n > 0; n--) {
        own.add(random.nextInt(9) == 0 ? null : Long.valueOf(random.nextBoolean() ? random.nextInt(-30, 30) : random.nextLong()));
      }
      own.sort(order);
      all.addAll(own);
      left.add(own);
      assertThat(merge.source()).isEqualTo(i);
    }
    all.sort(order);
    List<String> expected = all.stream().skip(offset).limit(limit).map(String::valueOf).toList();
    List<String> given = new ArrayList<>();
    boolean[] ended = new boolean[SOURCES];
    while (!merge.isOver() && !merge.isFull()) {
      int source = random.nextInt(SOURCES);
      if (!ended[source]) {
        feed(merge, source, left.get(source), random.nextInt(1, 6));
        ended[source] = left.get(source).isEmpty();
      }
      int most = random.nextInt(10);
      int before = given.size();
      merge.drain((bytes, from, length) -> given.add(shown(bytes, from, length)), () -> given.size() - before < most);
    }
    assertThat(given).isEqualTo(expected);
    assertThat(merge.given()).isEqualTo(expected.size());
    merge.drop();
  }

  private static void feed(RowMerge merge, int source, List<@Nullable Long> rows, int count) {
    ByteBuf stretch = UnpooledByteBufAllocator.DEFAULT.buffer();
    stretch.writeZero(3);
    for (int i = 0; i < count && !rows.isEmpty(); i++) {
      ByteBuf row = row(rows.removeFirst());
      stretch.writeBytes(row);
      row.release();
    }
    if (stretch.writerIndex() > 3) {
      merge.add(source, stretch, 3, stretch.writerIndex());
    }
    stretch.release();
    if (rows.isEmpty()) {
      merge.ended(source);
    }
  }

  @Test
  void whatIsHeldIsReleased() {
    RowMerge merge = new RowMerge(List.of(new Scattering.Order("x", Scattering.Comparison.SIGNED, false, false)), 0, Long.MAX_VALUE);
    int one = merge.source();
    merge.source();
    ByteBuf row = row(1L);
    merge.add(one, row, 0, row.writerIndex());
    assertThat(merge.heldBytes(one)).isEqualTo(row.writerIndex());
    merge.drain((_, _, _) -> {
      throw new AssertionError("the other's may come first");
    }, () -> true);
    merge.drop();
    assertThat(row.refCnt()).isEqualTo(1);
    assertThat(merge.isOver()).isFalse();
    row.release();
  }
}
