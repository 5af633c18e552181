package io.shardgate.directory;

/// A password that does not show itself: `toString` is `***`.
public record Password(String reveal) {
  @Override
  public String toString() {
    return "***";
  }
}
