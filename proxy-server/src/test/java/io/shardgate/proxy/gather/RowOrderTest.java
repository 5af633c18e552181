package io.shardgate.proxy.gather;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.router.plan.Scattering;
import io.shardgate.router.plan.Scattering.Comparison;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Rows are ordered as their values are.
class RowOrderTest {
  private static final BigInteger TEN_THOUSAND = BigInteger.valueOf(10_000);

  private static ByteBuf row(@Nullable String... columns) {
    ByteBuf row = Unpooled.buffer();
    row.writeByte('D').writeInt(0).writeShort(columns.length);
    for (String column : columns) {
      if (column == null) {
        row.writeInt(-1);
      } else {
        row.writeInt(column.length());
        row.writeCharSequence(column, StandardCharsets.US_ASCII);
      }
    }
    return row.setInt(1, row.writerIndex() - 1);
  }

  private static int compare(Comparison comparison, boolean descending, boolean nullsFirst, @Nullable String one, @Nullable String other) {
    RowOrder order = new RowOrder(List.of(new Scattering.Order("x", comparison, descending, nullsFirst)));
    ByteBuf row = row("shown", null, one);
    ByteBuf otherRow = row("more is shown", "", other);
    int at = order.orderAt(row, 0);
    int otherAt = order.orderAt(otherRow, 0);
    int result = Integer.signum(order.compare(row, at, otherRow, otherAt));
    int byRank = Integer.compare(order.rank(row, at), order.rank(otherRow, otherAt));
    int byKey = byRank != 0 ? byRank : Long.compareUnsigned(order.key(row, at), order.key(otherRow, otherAt));
    assertThat(Integer.signum(byKey)).as("what the key says of %s, %s", one, other).isIn(0, result);
    return result;
  }

  private static String int8(long value) {
    return HexFormat.of().toHexDigits(value);
  }

  /// As `numeric_send` writes it: groups of four decimals, without zeros at either end.
  private static String numeric(BigDecimal value) {
    int scale = Math.max(0, value.scale());
    int groupsBehind = (scale + 3) / 4;
    BigInteger whole = value.abs().setScale(groupsBehind * 4).unscaledValue();
    List<Integer> digits = new ArrayList<>();
    for (BigInteger rest = whole; rest.signum() > 0; rest = rest.divide(TEN_THOUSAND)) {
      digits.addFirst(rest.mod(TEN_THOUSAND).intValue());
    }
    int weight = digits.size() - groupsBehind - 1;
    while (!digits.isEmpty() && digits.getLast() == 0) {
      digits.removeLast();
    }
    StringBuilder sent = new StringBuilder("%04x%04x%04x%04x".formatted(digits.size(), (digits.isEmpty() ? 0 : weight) & 0xffff, value.signum() < 0 ? 0x4000 : 0, scale));
    digits.forEach(digit -> sent.append("%04x".formatted(digit)));
    return sent.toString();
  }

  @Test
  void integers() {
    Random random = new Random(29);
    for (int i = 0; i < 2_000; i++) {
      long one = random.nextLong() >> random.nextInt(64);
      long other = i % 10 == 0 ? one : random.nextLong() >> random.nextInt(64);
      assertThat(compare(Comparison.SIGNED, false, false, int8(one), int8(other))).as("%s, %s", one, other).isEqualTo(Long.compare(one, other));
      assertThat(compare(Comparison.SIGNED, true, false, int8(one), int8(other))).as("%s, %s", one, other).isEqualTo(Long.compare(other, one));
    }
  }

  @Test
  void numerics() {
    Random random = new Random(29);
    for (int i = 0; i < 2_000; i++) {
      BigDecimal one = new BigDecimal(new BigInteger(random.nextInt(60), random), random.nextInt(20)).multiply(BigDecimal.valueOf(random.nextInt(3) - 1L));
      BigDecimal other = new BigDecimal(new BigInteger(random.nextInt(60), random), random.nextInt(20)).multiply(BigDecimal.valueOf(random.nextInt(3) - 1L));
      assertThat(compare(Comparison.NUMERIC, false, false, numeric(one), numeric(other))).as("%s, %s", one, other).isEqualTo(one.compareTo(other));
      assertThat(compare(Comparison.NUMERIC, false, false, numeric(one), numeric(one.setScale(25)))).as("%s", one).isZero();
    }
  }

  @Test
  void numericsThatAreNoNumbers() {
    List<String> ascending =
        List.of(
            "00000000f0000000", numeric(new BigDecimal("-100000000000000000000")), numeric(new BigDecimal("-0.00001")), numeric(BigDecimal.ZERO),
            numeric(new BigDecimal("0.00001")), numeric(BigDecimal.valueOf(9_999)), numeric(BigDecimal.valueOf(10_000)), "00000000d0000000", "00000000c0000000");
    for (int i = 0; i < ascending.size(); i++) {
      for (int j = 0; j < ascending.size(); j++) {
        assertThat(compare(Comparison.NUMERIC, false, false, ascending.get(i), ascending.get(j))).as(i + " and " + j).isEqualTo(Integer.compare(i, j));
      }
    }
  }

  @Test
  void bytesAndNulls() {
    assertThat(compare(Comparison.BYTES, false, false, "61", "6162")).isEqualTo(-1);
    assertThat(compare(Comparison.BYTES, false, false, "ff", "6162")).isEqualTo(1);
    assertThat(compare(Comparison.BYTES, false, false, null, "61")).isEqualTo(1);
    assertThat(compare(Comparison.BYTES, true, true, null, "61")).isEqualTo(-1);
    assertThat(compare(Comparison.BYTES, true, false, null, "61")).as("NULLS LAST stands whatever the direction").isEqualTo(1);
    assertThat(compare(Comparison.BYTES, true, true, null, null)).isZero();
  }

  @Test
  void whatRowsAreOrderedByIsNotShown() {
    RowOrder order = new RowOrder(List.of(new Scattering.Order("x", Comparison.BYTES, false, false), new Scattering.Order("y", Comparison.BYTES, false, false)));
    ByteBuf row = row("a", null, "61", null);
    assertThat(row.slice(0, order.cut(row, 0, order.orderAt(row, 0)))).isEqualTo(row("a", null));
  }
}
