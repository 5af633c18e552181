/// What the stores write: a shard map as JSON, whole ([MapJson], for `file`) or one text for each shard and group ([MapPieces], for `etcd`).
///
/// Comes in: a [io.shardgate.directory.ShardMap], or text of any origin. Goes out: text, or a map whose rules have been checked.
@NullMarked
package io.shardgate.directory.json;

import org.jspecify.annotations.NullMarked;
