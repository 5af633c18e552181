package io.shardgate.router.statement;

/// A query or DML, read by the grammar.
public record Query(Verb verb) implements Statement {
    /// The first word. After WITH the statement's own verb may be any of the first five.
    public enum Verb {
        SELECT,
        INSERT,
        UPDATE,
        DELETE,
        MERGE,
        VALUES,
        TABLE,
        WITH,
        /// An opening parenthesis.
        PARENTHESIS
    }
}
