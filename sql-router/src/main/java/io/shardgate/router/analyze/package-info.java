/// What a statement reaches: names become tables, predicates become sets of shard keys.
///
/// In: tokens and the grammar's tree, a [io.shardgate.router.RoutingView]. Out: plans for queries and data changes, or a
/// refusal. What is not proven is refused, never guessed. The order of reading: `Reach` (which names can reach sharded rows
/// at all) → `StatementEffects` (what a statement leaves behind) → `QueryPlanner`, which builds `Block`s, lets `Facts` flow through
/// them and collects the key set of every sharded relation.
/// Never imported here: anything that does I/O.
@NullMarked
package io.shardgate.router.analyze;

import org.jspecify.annotations.NullMarked;
