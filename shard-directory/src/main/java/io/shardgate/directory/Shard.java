package io.shardgate.directory;

import java.util.Map;

/// One primary database server that holds a part of the rows. `weight` is its share of a ring relative to the others'.
public record Shard(ShardId id, Endpoint primary, int weight, Map<String, String> labels) {
  public static final int MAX_WEIGHT = 10_000;

  public Shard {
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException("weight: " + weight + " (expected: 1 to " + MAX_WEIGHT + ")");
    }
    labels = Map.copyOf(labels);
  }

  public Shard(ShardId id, Endpoint primary) {
    this(id, primary, 1, Map.of());
  }
}
