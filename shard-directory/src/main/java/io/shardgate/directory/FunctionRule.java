package io.shardgate.directory;

import java.util.Locale;

/// What a topology vouches for about a function that the router can't see through.
public enum FunctionRule {
  /// It reads and writes only rows of the shard that the calling statement is on.
  LOCAL;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
