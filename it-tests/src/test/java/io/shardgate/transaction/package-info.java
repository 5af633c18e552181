/// # Transactions over several shards
///
/// In: a cluster of [io.shardgate.cluster], servers and proxies that die at the worst moment. Out: proof that a transaction is on all its
/// shards or on none (invariant 8). Nothing but the cluster and the doors of the modules is imported.
@NullMarked
package io.shardgate.transaction;

import org.jspecify.annotations.NullMarked;
