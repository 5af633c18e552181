/// The streams of COPY: cut into rows, keys read from them, lines counted.
///
/// In: the bytes of a COPY FROM STDIN stream, cut anywhere, and the options of the statement. Out: rows as they came, where each one's shard key
/// is, and on which line it stood.
///
/// Read in this order: [io.shardgate.proxy.execute.copy.CopyOptions] → [io.shardgate.proxy.execute.copy.RowCutter] and its three
/// formats → [io.shardgate.proxy.execute.copy.LineMap].
///
/// Must never import: the session, plans, conversations.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.execute.copy;
