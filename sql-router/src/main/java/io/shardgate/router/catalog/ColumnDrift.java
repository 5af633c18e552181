package io.shardgate.router.catalog;

import io.shardgate.directory.ShardId;

/// A shard on which a relation's columns are not the home shard's: one is missing, stands elsewhere, or has another type.
///
/// @param column the first that differs
public record ColumnDrift(ShardId shard, String column) {}
