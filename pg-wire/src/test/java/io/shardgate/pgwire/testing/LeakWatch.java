package io.shardgate.pgwire.testing;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/// Netty's leak detector, which remembers what it reports. The test JVMs name it by `io.netty.customResourceLeakDetector`.
/// Thread-safe: one concurrent queue.
public final class LeakWatch<T> extends ResourceLeakDetector<T> {
  private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();

  /// As Netty calls it.
  public LeakWatch(Class<?> resourceType, int samplingInterval) {
    super(resourceType, samplingInterval);
  }

  /// Netty looks for this one too, and complains when it is missing.
  public LeakWatch(Class<?> resourceType, int samplingInterval, long maxActive) {
    this(resourceType, samplingInterval);
  }

  @Override
  protected boolean needReport() {
    return true;
  }

  @Override
  protected void reportTracedLeak(String resourceType, String records) {
    REPORTS.add(resourceType + ours(records));
  }

  @Override
  protected void reportUntracedLeak(String resourceType) {
    REPORTS.add(resourceType + ", without a trace");
  }

  /// A report without the frames of libraries.
  private static String ours(String records) {
    return records.lines()
        .filter(line -> !line.startsWith("\t") || line.startsWith("\tio.shardgate.") || line.startsWith("\tHint:"))
        .collect(Collectors.joining("\n"));
  }

  /// What was forgotten so far, after a garbage collection.
  public static List<String> reports() {
    collect();
    return List.copyOf(REPORTS);
  }

  /// Drops what a test provoked.
  public static void forget(List<String> provoked) {
    REPORTS.removeAll(provoked);
  }

  /// A forgotten buffer is reported when it was collected and another one is made.
  private static void collect() {
    for (int i = 0; i < 5; i++) {
      System.gc();
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      for (int n = 0; n < 100; n++) {
        ByteBufAllocator.DEFAULT.directBuffer(64).release();
        PooledByteBufAllocator.DEFAULT.directBuffer(64).release();
      }
    }
  }
}
