package io.shardgate.router.analyze;

import java.util.Locale;
import java.util.Set;

/// Texts that mean a moment: what a shard makes of them now is not what another makes of them later.
public final class Moments {
  private static final Set<String> WORDS = Set.of("now", "today", "tomorrow", "yesterday");

  private Moments() {}

  /// Whether a text may be one, or have one in it.
  public static boolean mayBeIn(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return WORDS.stream().anyMatch(lower::contains);
  }
}
