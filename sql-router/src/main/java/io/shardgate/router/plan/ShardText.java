package io.shardgate.router.plan;

import io.shardgate.directory.ShardId;
import org.jspecify.annotations.Nullable;

/// What one shard is told.
///
/// @param text null: the user's own text, byte for byte
public record ShardText(ShardId shard, @Nullable String text) {}
