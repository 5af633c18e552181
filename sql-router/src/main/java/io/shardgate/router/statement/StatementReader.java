package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;

/// Reads a statement's tokens. Pure.
public final class StatementReader {
    private StatementReader() {}

    /// What the statement asks for. Never fails: what can't be read is [Other], or [Malformed].
    public static Statement read(Lexed lexed) {
        if (lexed.malformed()) {
            return new Malformed();
        }
        return new Other(lexed.raw(0));
    }
}
