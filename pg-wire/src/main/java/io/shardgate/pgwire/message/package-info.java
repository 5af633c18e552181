/// Single messages of the protocol, as records and as bytes.
///
/// In: one whole frame, or values. Out: a record of the sealed [FrontendMessage], [BackendMessage] or [StartupPacket], or
/// bytes appended to a buffer by [FrontendWriter] and [BackendWriter]. Readers check everything they read and throw
/// [MalformedMessageException] with PostgreSQL's own words; writers refuse what could not be read back.
/// Never imported here: Netty channels and handlers, anything that keeps state between messages.
@NullMarked
package io.shardgate.pgwire.message;

import org.jspecify.annotations.NullMarked;
