/// Station *session*: what one client says, message by message, and what is done about it.
///
/// In: frames of a logged-in client. Out: statements planned and carried out on shards, replies in order.
///
/// Read in this order: [io.shardgate.proxy.session.ClientSession] (state of one client) →
/// [io.shardgate.proxy.session.SimpleFlow] and [io.shardgate.proxy.session.ExtendedFlow] (the two protocols; of the latter, [io.shardgate.proxy.session.Batch]
/// is what lies between two Syncs and [io.shardgate.proxy.session.ClientNames] what outlives them,
/// [io.shardgate.proxy.session.StatementReading] who reads a statement without a Bind, [io.shardgate.proxy.session.Describing] what a Describe gets) →
/// [io.shardgate.proxy.session.LocalStatements] (what the proxy answers itself) → [io.shardgate.proxy.session.Aftermath] (what a statement
/// leaves behind).
///
/// Must never import: the acceptor, the dev cluster, Calcite.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.session;
