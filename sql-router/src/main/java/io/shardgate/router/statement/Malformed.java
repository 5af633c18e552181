package io.shardgate.router.statement;

/// Text that PostgreSQL's lexer refuses.
public record Malformed() implements Statement {}
