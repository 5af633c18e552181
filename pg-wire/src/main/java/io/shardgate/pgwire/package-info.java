/// PostgreSQL's frontend/backend protocol, version 3.0: bytes on one side, messages on the other.
///
/// In: bytes of a client or of a server. Out: frames, messages, the steps of a SCRAM login; and the opposite way, messages
/// appended to a buffer. The packages, in the order a connection meets them:
///
/// - [io.shardgate.pgwire.frame] cuts the stream into frames without copying,
/// - [io.shardgate.pgwire.scram] logs a client in, and logs in to a server,
/// - [io.shardgate.pgwire.message] reads and writes single messages.
///
/// Never imported here: shards, SQL, pools, anything of the other modules.
@NullMarked
package io.shardgate.pgwire;

import org.jspecify.annotations.NullMarked;
