package io.shardgate.directory;

/// Counts the shard maps of a cluster, from 1. A higher one replaces a lower one.
public record MapVersion(long value) implements Comparable<MapVersion> {
  public static final MapVersion FIRST = new MapVersion(1);

  public MapVersion {
    if (value < 1) {
      throw new IllegalArgumentException("map version: " + value + " (expected: >= 1)");
    }
  }

  public MapVersion next() {
    return new MapVersion(value + 1);
  }

  @Override
  public int compareTo(MapVersion other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
