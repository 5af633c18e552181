/// Station *accept*: a TCP connection becomes a client.
///
/// In: connections, startup packets, TLS handshakes, cancel requests. Out: a logged-in [io.shardgate.proxy.session.ClientSession].
///
/// Read in this order: [io.shardgate.proxy.accept.Acceptor] → [io.shardgate.proxy.accept.DirectTls] →
/// [io.shardgate.proxy.accept.AlpnCheck] → [io.shardgate.proxy.accept.ClientDoor] → [io.shardgate.proxy.accept.ProvingChannel] →
/// [io.shardgate.proxy.accept.ScramDialogue] → [io.shardgate.proxy.accept.ClientChannel].
///
/// Must never import: the router, the relay's insides.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.accept;
