package io.shardgate.router.statement;

import org.jspecify.annotations.Nullable;

/// A name as written, folded and unquoted. A database before the schema is left out, PostgreSQL checks it.
///
/// @param span all of it, from the first part to the last
public record Name(@Nullable String schema, String name, Span span) {
    /// For people: not quoted.
    @Override
    public String toString() {
        return schema == null ? name : schema + "." + name;
    }
}
