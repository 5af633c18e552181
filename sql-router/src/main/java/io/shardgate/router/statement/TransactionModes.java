package io.shardgate.router.statement;

import org.jspecify.annotations.Nullable;

/// Transaction modes; null where none was given. The last one counts.
public record TransactionModes(@Nullable Isolation isolation, @Nullable Boolean readOnly, @Nullable Boolean deferrable) {
    /// No mode given.
    public static final TransactionModes NONE = new TransactionModes(null, null, null);

    /// These, and over them those that are given in the other.
    public TransactionModes with(TransactionModes given) {
        return new TransactionModes(
                given.isolation != null ? given.isolation : isolation,
                given.readOnly != null ? given.readOnly : readOnly,
                given.deferrable != null ? given.deferrable : deferrable);
    }

    /// Isolation levels.
    public enum Isolation {
        READ_UNCOMMITTED,
        READ_COMMITTED,
        REPEATABLE_READ,
        SERIALIZABLE
    }
}
