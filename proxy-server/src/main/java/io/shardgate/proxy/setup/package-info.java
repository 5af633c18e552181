/// What a proxy serves while there is no shard map: its admins alone, who apply the first topology.
///
/// In: clients, as [io.shardgate.proxy.accept.Acceptor] lets them in. Out: a first map in the directory, and then nobody: the room is left when there is one.
///
/// Read in this order: [SetupRoom] → [SetupGuest] → [SetupSession] → [SetupStatements].
///
/// Must never import: the session, pools, transactions. There is no shard to go to.
@NullMarked
package io.shardgate.proxy.setup;

import org.jspecify.annotations.NullMarked;
