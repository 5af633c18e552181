/// How the stores place keys of strategy *directory*: those that wait together are written together ([KeyWriter]), each with the owner that
/// its group's policy chooses ([KeyBatch]).
@NullMarked
package io.shardgate.directory.keys;

import org.jspecify.annotations.NullMarked;
