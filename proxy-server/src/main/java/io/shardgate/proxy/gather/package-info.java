/// Queries over several shards. Where shards can answer each for itself, their rows are streamed:
///
///     Gatherer → ScatterRun → ScatterCall (one a shard) → StreamedRows: RowsInTurns, or MergedRows → RowMerge → RowOrder
///
/// Else the home shard finishes them: what a plan's [io.shardgate.router.plan.Gathering] names is pulled from the shards
/// into memory, and becomes the parameters of the user's own query.
///
///     Gatherer → GatherRun → LeafCall (one a shard) → ColumnArray (one a column) → GatheredQuery
///
/// Knows nothing of clients: the session asks for a [io.shardgate.proxy.gather.GatheredQuery] and binds it where it wants its rows.
@NullMarked
package io.shardgate.proxy.gather;

import org.jspecify.annotations.NullMarked;
