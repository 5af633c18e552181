package io.shardgate.pgwire.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The check at the end of a run sees what it looks for.
class LeakWatchTest {
  @Test
  void aForgottenBufferIsReported() {
    List<String> before = LeakWatch.reports();
    forget();
    List<String> after = LeakWatch.reports();
    assertThat(after).hasSizeGreaterThan(before.size());
    assertThat(after.getLast()).contains("LeakWatchTest.forget");
    LeakWatch.forget(after.stream().filter(report -> report.contains("LeakWatchTest.forget")).toList());
  }

  private static void forget() {
    PooledByteBufAllocator.DEFAULT.directBuffer(64).writeByte(1);
  }
}
