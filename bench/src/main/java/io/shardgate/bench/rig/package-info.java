/// The side-by-side rig: starts the contestants, runs each workload against them in turns, and prints a table of medians.
///
/// [Contestants] start and end; a [Workload] is a pgbench script or a statement of [DriverLoad], which is pgjdbc; [Starts] are of a proxy that is
/// new; a [Measurement] is one run with what it cost: throughput and latencies from pgbench, CPU time of the
/// contestant's own process from the kernel, allocation from its JVM, and what everybody else burnt meanwhile. [Report] makes the table.
@NullMarked
package io.shardgate.bench.rig;

import org.jspecify.annotations.NullMarked;
