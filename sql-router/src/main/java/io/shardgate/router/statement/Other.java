package io.shardgate.router.statement;

/// A statement that is none of the others: rare, unknown, or not PostgreSQL's syntax.
///
/// @param firstWords up to three words from its beginning, upper case, to name it
public record Other(String firstWords) implements Statement {}
