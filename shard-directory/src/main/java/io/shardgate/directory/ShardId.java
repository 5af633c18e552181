package io.shardgate.directory;

import java.util.regex.Pattern;

/// The name of a shard: 1 to 32 letters, digits, `_` and `-`. Short, because it becomes a part of the global identifiers of
/// prepared transactions, which PostgreSQL limits to 199 bytes.
///
/// Ordered by length, then by characters, so that `s2` comes before `s10`.
public record ShardId(String value) implements Comparable<ShardId> {
  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  public ShardId {
    if (!isValid(value)) {
      throw new IllegalArgumentException("shard id: " + value + " (expected: 1 to 32 letters, digits, _ or -)");
    }
  }

  static boolean isValid(String value) {
    return SHAPE.matcher(value).matches();
  }

  @Override
  public int compareTo(ShardId other) {
    int byLength = Integer.compare(value.length(), other.value.length());
    return byLength != 0 ? byLength : value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
