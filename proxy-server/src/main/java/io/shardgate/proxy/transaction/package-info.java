/// Station *transaction*: which shards take part in a client's transaction, and how it ends on all of them or on none.
///
/// In: BEGIN, savepoints, the shards that statements need. Out: conversations that are inside the transaction with the session's settings
/// in force; COMMIT and ROLLBACK over all of them.
///
/// Read in this order: [io.shardgate.proxy.transaction.TransactionBlock] (the state machine) →
/// [io.shardgate.proxy.transaction.Participant] → [io.shardgate.proxy.transaction.CommitProtocol].
///
/// Must never import: the session, plans.
@org.jspecify.annotations.NullMarked
package io.shardgate.proxy.transaction;
