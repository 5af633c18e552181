package io.shardgate.router.statement;

import org.jspecify.annotations.Nullable;

/// Transaction modes; null where none was given. The last one counts.
public record TransactionModes(@Nullable Isolation isolation, @Nullable Boolean readOnly, @Nullable Boolean deferrable) {
    /// No mode given.
    public static final TransactionModes NONE = new TransactionModes(null, null, null);

    /// Isolation levels.
    public enum Isolation {
        READ_UNCOMMITTED,
        READ_COMMITTED,
        REPEATABLE_READ,
        SERIALIZABLE
    }
}
