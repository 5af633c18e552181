/// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL uses it, both sides of it.
///
/// In: the bytes inside the SASL messages, and a role's verifier. Out: the bytes to answer with; at the end of a client's
/// login the [ScramKeys] with which the same role can be logged in to every server that has the same verifier, without its
/// password ever having been seen. Channel binding is not offered.
/// Never imported here: Netty, anything that keeps or looks up roles.
@NullMarked
package io.shardgate.pgwire.scram;

import org.jspecify.annotations.NullMarked;
