/// Station *execute*: plans that need more than one shard, or more than one step.
///
/// In: a [io.shardgate.router.plan.Plan] that is neither Local nor Forward, the statement, its parameters, and an
/// [io.shardgate.proxy.execute.ExecutionPort] to the session. Out: rows and messages to the client, and a command tag.
///
/// Read in this order: [io.shardgate.proxy.execute.PlanExecutor] → one file for each plan; streams of rows are cut in
/// [io.shardgate.proxy.execute.copy].
///
/// Must never import: the session.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.execute;
