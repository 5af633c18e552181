package io.shardgate.directory.keys;

import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;

/// A key with its owner.
public record PlacedKey(String group, ShardId owner, KeyValue key) {}
