/// Queries by chance, asked of a cluster through the proxy and of one PostgreSQL that has all rows.
///
/// In goes a seed: [World] makes tables and rows of it, [Questions] statements. Out come the same answers, or refusals, which [Tally] counts by feature.
@NullMarked
package io.shardgate.oracle;

import org.jspecify.annotations.NullMarked;
