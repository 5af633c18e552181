/// # Connections to the shards
///
/// In: a session that needs a server ("this role, this database, that shard, on my event loop"). Out: a [ServerConnection] on the
/// same event loop, logged in, clean; its frames go to the session's [ServerListener] until the session gives it back.
///
/// In the order a query meets them: [ServerPools] (the door) → `Bucket` (what one event loop has for one role, database and shard:
/// hot path, no hop) → `Ledger` (counts a shard's connections over all loops, so that the cap is exact and nobody starves) →
/// `Connector`, `BackendLogin`, `BackendComparison` (a new connection, like the home shard's: [Likeness]) → [ServerConnection] → `Cleaner` (makes a returned connection fit for another client).
/// Beside the way: `CancelDispatch`, `CrossShardTickets` (who may use several shards at one time), `HoldAndWait` (deadlocks over the caps of several shards), `Circuit` (a shard that is down).
///
/// Never imported here: the session, the router, Calcite. The pool knows no SQL but [Likeness#QUERY], `DISCARD ALL` and `ROLLBACK`.
@NullMarked
package io.shardgate.proxy.pool;

import org.jspecify.annotations.NullMarked;
