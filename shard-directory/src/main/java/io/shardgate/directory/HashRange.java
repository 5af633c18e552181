package io.shardgate.directory;

/// A piece of a hash ring: from `fromInclusive` up to where the next range begins; the last one has no upper bound.
///
/// Positions are ordered as *signed* 64-bit numbers, from [Long#MIN_VALUE], because that is the order of the int8 that
/// PostgreSQL's hash functions return: `hashint8extended(k, 0) >= from AND hashint8extended(k, 0) < next` selects the range.
public record HashRange(long fromInclusive, ShardId owner) {}
