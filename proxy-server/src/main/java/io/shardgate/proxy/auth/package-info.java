/// Station *auth*: who is it?
///
/// In: a startup packet and SASL messages. Out: the role, and the keys that open the servers to it. The verifier is the one that the
/// role has on the home shard; no password is ever stored, and none is ever seen.
///
/// Must never import: the session, the router.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.auth;
