package io.shardgate.directory;

/// Rows of a group that a shard may hold and that are not its own: copied ahead by a move, or not cleaned yet. Whoever reads or writes there leaves
/// them out. Immutable.
public record ForeignMark(ShardId shard, Extent extent) {}
