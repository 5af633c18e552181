/// The shard directory of one process: one JSON file, replaced atomically, and beside it a file of placed keys that only grows.
///
/// Comes in: a [io.shardgate.directory.ShardMap]. Goes out: the same, after a restart too.
///
/// Never imported here: anything but the parent package, what the stores share (`json`, `keys`), and the JSON library.
@NullMarked
package io.shardgate.directory.file;

import org.jspecify.annotations.NullMarked;
