/// What operators ask of the proxy itself: the acts of the admin statements (`SHARDGATE …`), and of a topology that is given at the start.
///
/// In come statements that were read ([io.shardgate.router.statement.AdminStatement]), from roles with the admin right; out go rows
/// ([AdminAnswer]) or an error with what to do. [AdminActs] is the door: [TopologyChange] (with [ShardComparison], [TablesOnShards], [TopologyDiff]), which a [Settlement] puts into force,
/// [MapEdits], [KeyAssignment], [SchemaVerification], [Removal], and [Audit], which has a line of each change.
///
/// All of it blocks, on virtual threads; the session waits on its loop. Never imported here: Netty, `session`.
@NullMarked
package io.shardgate.proxy.admin;

import org.jspecify.annotations.NullMarked;
