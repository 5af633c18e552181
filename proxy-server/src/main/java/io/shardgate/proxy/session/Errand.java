package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;

/// A statement about the session that a shard has to carry out: SET, SHOW, FETCH, LISTEN … Immutable.
record Errand(ShardId shard, Residue residue, boolean writes) implements Declared {}
