/// Station *relay*: what is said between one client and one server connection.
///
/// In: frames of a [io.shardgate.proxy.pool.ServerConnection], statements to send. Out: frames to the client through
/// [io.shardgate.proxy.relay.ClientOutput], outcomes to whoever asked ([io.shardgate.proxy.relay.Reply]).
///
/// Read in this order: [io.shardgate.proxy.relay.ClientOutput] → [io.shardgate.proxy.relay.Conversation] →
/// [io.shardgate.proxy.relay.Reply] → [io.shardgate.proxy.relay.SettingsVector].
///
/// Must never import: the session, the transaction, the router. A conversation knows messages, not plans.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.relay;
