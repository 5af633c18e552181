package io.shardgate.router.statement;

import java.util.List;

/// Statements that begin, end and steer transactions.
public sealed interface TransactionStatement extends Statement {
    /// BEGIN, START TRANSACTION.
    ///
    /// @param start whether it was written START TRANSACTION, which the command tag repeats
    record Begin(TransactionModes modes, boolean start) implements TransactionStatement {}

    /// COMMIT, END.
    record Commit(boolean chain) implements TransactionStatement {}

    /// ROLLBACK, ABORT.
    record Rollback(boolean chain) implements TransactionStatement {}

    /// SAVEPOINT.
    record Savepoint(String name) implements TransactionStatement {}

    /// ROLLBACK TO.
    record RollbackTo(String name) implements TransactionStatement {}

    /// RELEASE.
    record Release(String name) implements TransactionStatement {}

    /// PREPARE TRANSACTION.
    record PrepareTransaction(String gid) implements TransactionStatement {}

    /// COMMIT PREPARED.
    record CommitPrepared(String gid) implements TransactionStatement {}

    /// ROLLBACK PREPARED.
    record RollbackPrepared(String gid) implements TransactionStatement {}

    /// SET TRANSACTION with modes.
    record SetTransaction(TransactionModes modes) implements TransactionStatement {}

    /// SET TRANSACTION SNAPSHOT.
    record SetTransactionSnapshot(String snapshot) implements TransactionStatement {}

    /// SET SESSION CHARACTERISTICS AS TRANSACTION.
    record SetSessionCharacteristics(TransactionModes modes) implements TransactionStatement {}

    /// SET CONSTRAINTS.
    ///
    /// @param names empty for ALL
    record SetConstraints(List<Name> names, boolean deferred) implements TransactionStatement {
        public SetConstraints {
            names = List.copyOf(names);
        }
    }
}
