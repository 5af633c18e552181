/// # One step each, by JMH
///
/// What a statement meets on its way, without the network: [Framing], [Lexing] (with fingerprints), [Planning] (a hit of the plan cache), [Routing] (a key to its shard). `bench/micro` runs
/// them; each tells its time and the bytes that it allocates for one operation.
@NullMarked
package io.shardgate.bench.micro;

import org.jspecify.annotations.NullMarked;
