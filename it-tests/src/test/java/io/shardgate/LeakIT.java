package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.shardgate.cluster.LogWatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/// After all other tests of the run: no buffer was forgotten.
@Order(Integer.MAX_VALUE)
final class LeakIT {
  private static final String LEAK = "LEAK:";

  @Test
  void noBufferOfTheWholeRunWasForgotten() throws InterruptedException {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    collect();
    assertThat(LogWatch.lines().stream().filter(line -> line.contains(LEAK)).map(LeakIT::ours).toList()).isEmpty();
  }

  /// A leak's report without the library's own frames.
  private static String ours(String report) {
    return report.lines().filter(line -> !line.startsWith("\tio.netty.") && !line.startsWith("\tjava.base/")).collect(Collectors.joining("\n"));
  }

  /// The check above sees what it looks for.
  @Test
  void aForgottenBufferWouldBeSeen() throws InterruptedException {
    collect();
    int before = LogWatch.lines().size();
    forget();
    collect();
    assertThat(LogWatch.linesSince(before)).anyMatch(line -> line.contains(LEAK));
    LogWatch.forgetSince(before);
  }

  private static void forget() {
    ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    allocator.directBuffer(64).writeByte(1);
  }

  /// A forgotten buffer is reported when it was collected and another one is made.
  private static void collect() throws InterruptedException {
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(50);
      for (int n = 0; n < 100; n++) {
        ByteBufAllocator.DEFAULT.directBuffer(64).release();
        PooledByteBufAllocator.DEFAULT.directBuffer(64).release();
      }
    }
  }
}
