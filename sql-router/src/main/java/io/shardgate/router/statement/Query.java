package io.shardgate.router.statement;

import java.util.List;
import java.util.Locale;

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
        PARENTHESIS;

        static final List<Verb> WORDS = List.of(SELECT, INSERT, UPDATE, DELETE, WITH, VALUES, MERGE, TABLE);

        private final String word = name().toLowerCase(Locale.ROOT);

        String word() {
            return word;
        }
    }
}
