package io.shardgate.pgwire.testing;

import io.netty.util.ResourceLeakDetector;
import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fails a run of tests in which a buffer was forgotten, when all of them are over.
/// Thread-safe: it holds nothing.
///
/// Found by itself: `META-INF/services` and `junit.jupiter.extensions.autodetection.enabled`.
public final class LeakCheck implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    context.getRoot().getStore(ExtensionContext.Namespace.create(LeakCheck.class)).computeIfAbsent(End.class, _ -> new End(), End.class);
  }

  /// The end of the run: the store closes it.
  private static final class End implements AutoCloseable {
    @Override
    public void close() {
      if (ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
        throw new AssertionError("leak detection is " + ResourceLeakDetector.getLevel() + " (expected: PARANOID)");
      }
      List<String> leaks = LeakWatch.reports();
      if (!leaks.isEmpty()) {
        throw new AssertionError(leaks.size() + " buffers were forgotten:\n" + String.join("\n", leaks));
      }
    }
  }
}
