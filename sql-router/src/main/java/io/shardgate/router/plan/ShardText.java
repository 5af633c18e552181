package io.shardgate.router.plan;

import io.shardgate.directory.ShardId;
import org.jspecify.annotations.Nullable;

/// What one shard is told.
///
/// @param text null: the user's own text, byte for byte. Else it takes no parameters and may hold several statements, the
///     last one being the one that counts: it goes by the simple protocol
public record ShardText(ShardId shard, @Nullable String text) {}
