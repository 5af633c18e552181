/// Every OID a client sees or sends is the home shard's; this room translates.
///
/// In come what each server calls its user types and relations ([ServerNames], loaded by `catalog`) and frames on their way; out go the same
/// frames with OIDs replaced in place: an OID is four bytes on every server, so no length changes and nothing is copied. Objects are the same
/// when their qualified names are. Pure functions over buffers: no I/O, no state between frames.
/// Never imported here: `session`, `pool`, JDBC, the router.
@NullMarked
package io.shardgate.proxy.oid;

import org.jspecify.annotations.NullMarked;
