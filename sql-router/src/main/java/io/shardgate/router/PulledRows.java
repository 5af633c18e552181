package io.shardgate.router;

import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the rows of one reference to a table are, in one execution.
///
/// @param shards where they can be
/// @param keys the shard keys that they can have; null where these can't be listed, or are too many to be said
public record PulledRows(Set<ShardId> shards, @Nullable List<KeyValue> keys) {
  public PulledRows {
    shards = Set.copyOf(shards);
    keys = keys == null ? null : List.copyOf(keys);
  }
}
