/// Statements by chance, played against the proxy over random topologies and against one PostgreSQL.
///
/// In goes a seed; out come the same answers and the same rows, or a refusal.
@NullMarked
package io.shardgate.random;

import org.jspecify.annotations.NullMarked;
