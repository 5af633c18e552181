/// What a hop costs when nothing is looked at: bytes from one socket to the other, on one event loop, by the transport that the proxy uses.
@NullMarked
package io.shardgate.bench.relay;

import org.jspecify.annotations.NullMarked;
