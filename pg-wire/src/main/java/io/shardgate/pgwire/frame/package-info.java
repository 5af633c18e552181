/// Where a stream of bytes becomes frames: one per message, still bytes.
///
/// In: buffers as a Netty channel reads them. Out: [FrameSplitter]'s callbacks with a borrowed, narrowed buffer for each
/// typed message, [StartupSplitter]'s with a parsed packet for each untyped one that may come before.
/// Never imported here: anything that knows what a typed message means, shards, SQL.
@NullMarked
package io.shardgate.pgwire.frame;

import org.jspecify.annotations.NullMarked;
