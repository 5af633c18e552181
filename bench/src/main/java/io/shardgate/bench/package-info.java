/// Measurements, which never ship.
///
/// `rig` runs pgbench against Shardgate and what a user would pick instead, side by side, one after the other in turns; `relay` is the floor: a relay that
/// understands nothing of what it passes on; `micro` looks at single steps by JMH. Figures that are shown anywhere come from here, with the command that made them (docs/benchmarks.md).
@NullMarked
package io.shardgate.bench;

import org.jspecify.annotations.NullMarked;
