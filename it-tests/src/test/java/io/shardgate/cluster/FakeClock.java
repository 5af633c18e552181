package io.shardgate.cluster;

import io.shardgate.directory.testing.DebianPackage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// The time of day of a process, which can be moved while it runs; what measures durations there goes on as it is. By `libfaketime`, which stands
/// between the process and the C library.
/// Not thread-safe; owned by the test.
public final class FakeClock {
  private final Path library;
  private final Path shift;

  private FakeClock(Path library, Path shift) {
    this.library = library;
    this.shift = shift;
  }

  /// One that is not moved yet. Where the library can't be had the test is skipped, loudly; with `CI=true` it fails.
  public static FakeClock create() throws IOException {
    try {
      Path library = DebianPackage.file("libfaketime", "libfaketimeMT.so.1");
      FakeClock clock = new FakeClock(library, Files.createTempDirectory("shardgate-test-clock").resolve("shift"));
      clock.move(Duration.ZERO);
      return clock;
    } catch (IOException e) {
      String reason = "NO LIBFAKETIME: " + e.getMessage();
      if ("true".equals(System.getenv("CI"))) {
        throw e;
      }
      System.err.println("\n!!! SKIPPED, " + reason + "\n");
      return Assumptions.abort(reason);
    }
  }

  /// What the process has to have in its environment.
  public Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(), "FAKETIME_TIMESTAMP_FILE", shift.toString(), "FAKETIME_NO_CACHE", "1", "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        "DONT_FAKE_MONOTONIC", "1",
        // Else waits by the steady clock would be counted from the time of day: no machine does that.
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }

  /// From now on its time of day is so far from the true one.
  public void move(Duration from) throws IOException {
    Path next = shift.resolveSibling("next");
    Files.writeString(next, "%+d\n".formatted(from.toSeconds()));
    Files.move(next, shift, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
