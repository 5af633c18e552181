package io.shardgate.directory;

import org.jspecify.annotations.Nullable;

/// A piece of an ordered key space: from `from` (included) up to where the next range begins; the last one has no upper bound.
///
/// @param from null for the first range, which has no lower bound
public record KeyRange(@Nullable KeyValue from, ShardId owner) {}
