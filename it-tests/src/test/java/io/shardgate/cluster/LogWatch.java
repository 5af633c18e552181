package io.shardgate.cluster;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Every warning and error that was logged in this JVM.
/// Thread-safe: one concurrent queue.
public final class LogWatch extends AppenderBase<ILoggingEvent> {
  private static final Queue<String> LINES = new ConcurrentLinkedQueue<>();

  @Override
  protected void append(ILoggingEvent event) {
    LINES.add(event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage());
  }

  /// All so far, oldest first.
  public static List<String> lines() {
    return List.copyOf(LINES);
  }

  /// What has been logged since `lines()` had this size.
  public static List<String> linesSince(int count) {
    return LINES.stream().skip(count).toList();
  }

  /// Drops what a test provoked.
  public static void forgetSince(int count) {
    List<String> kept = LINES.stream().limit(count).toList();
    LINES.clear();
    LINES.addAll(kept);
  }
}
