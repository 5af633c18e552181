/// # Tests of the whole
///
/// [ArchitectureTest] and [TidyTest] hold the house in order; the others speak to a [io.shardgate.cluster.TestCluster] as any client would.
@NullMarked
package io.shardgate;

import org.jspecify.annotations.NullMarked;
