package io.shardgate.router;

import io.shardgate.directory.ShardId;
import io.shardgate.router.plan.Plan;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the rows of an INSERT … VALUES go, as far as it can be told before the values are made.
///
/// @param rows how many rows each shard gets, in the order in which shards are written
/// @param placed rows whose keys have to be looked up or placed first
/// @param later rows whose keys are made when the statement runs
/// @param refuse what stops it, null for nothing
record RowOwners(Map<ShardId, Integer> rows, int placed, int later, Plan.@Nullable Refuse refuse) {
  RowOwners {
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }
}
