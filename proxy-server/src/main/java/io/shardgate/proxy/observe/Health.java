package io.shardgate.proxy.observe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/// What has to hold before this proxy should get clients.
///
/// Thread-safe: a concurrent map of checks; each check answers at once, from what it already knows.
public final class Health {

  private final Map<String, Supplier<Optional<String>>> checks = new ConcurrentSkipListMap<>();
  private final Map<String, Supplier<Optional<String>>> notes = new ConcurrentSkipListMap<>();

  /// Adds or replaces a check.
  ///
  /// @param reason empty while all is well, else why not; called at each request, must not block
  public void require(String name, Supplier<Optional<String>> reason) {
    checks.put(name, reason);
  }

  /// Why this proxy is not ready, one line for each failing check; empty when it is.
  public List<String> reasons() {
    return lines(checks);
  }

  /// Adds or replaces a check for what an operator should look at while clients are served all the same.
  public void note(String name, Supplier<Optional<String>> reason) {
    notes.put(name, reason);
  }

  /// What an operator should look at, a line each.
  public List<String> notes() {
    return lines(notes);
  }

  private static List<String> lines(Map<String, Supplier<Optional<String>>> checks) {
    return checks.entrySet().stream().flatMap(check -> check.getValue().get().map(reason -> check.getKey() + ": " + reason).stream()).toList();
  }
}
