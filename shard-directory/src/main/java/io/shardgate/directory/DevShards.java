package io.shardgate.directory;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// The shards that the dev cluster brings along, for a topology that names none.
public record DevShards(ShardId home, Map<ShardId, Shard> shards) {
  public DevShards {
    shards = Collections.unmodifiableMap(new TreeMap<>(shards));
  }
}
