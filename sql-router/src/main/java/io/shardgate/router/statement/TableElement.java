package io.shardgate.router.statement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What stands in the parentheses of CREATE TABLE, and after ADD in ALTER TABLE.
public sealed interface TableElement {
    /// The place of the whole element.
    Span span();

    /// A column.
    ///
    /// @param type as written, with typmod and brackets; empty where a typed table or a partition only adds constraints
    /// @param defaultExpression of DEFAULT
    /// @param generated of GENERATED ALWAYS AS (expression)
    /// @param references of a foreign key
    record Column(
            String name,
            Span nameSpan,
            String type,
            Span typeSpan,
            boolean notNull,
            boolean primaryKey,
            boolean unique,
            @Nullable Span defaultExpression,
            Identity identity,
            @Nullable Span generated,
            @Nullable Reference references,
            @Nullable Name collation,
            Span span)
            implements TableElement {}

    /// GENERATED … AS IDENTITY.
    enum Identity {
        NONE,
        ALWAYS,
        BY_DEFAULT
    }

    /// A table constraint.
    ///
    /// @param columns of PRIMARY KEY, UNIQUE, FOREIGN KEY, NOT NULL; with EXCLUDE the elements that are plain columns
    /// @param usingIndex of PRIMARY KEY and UNIQUE made from an index
    record Constraint(
            Kind kind, @Nullable String name, List<String> columns, @Nullable Reference references, @Nullable String usingIndex, Span span)
            implements TableElement {
        public Constraint {
            columns = List.copyOf(columns);
        }

        /// Kinds of table constraints.
        public enum Kind {
            PRIMARY_KEY,
            UNIQUE,
            FOREIGN_KEY,
            CHECK,
            EXCLUDE,
            NOT_NULL
        }
    }

    /// LIKE another table.
    ///
    /// @param including upper case: DEFAULTS, INDEXES …; ALL is spelled out, what EXCLUDING takes away is taken away
    record Like(Name table, List<String> including, Span span) implements TableElement {
        public Like {
            including = List.copyOf(including);
        }
    }

    /// What a foreign key refers to.
    ///
    /// @param columns empty for the primary key
    record Reference(Name table, List<String> columns) {
        public Reference {
            columns = List.copyOf(columns);
        }
    }
}
