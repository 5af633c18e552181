package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;

/// A piece of a statement's text: bytes from the statement's beginning, `end` excluded.
public record Span(int start, int end) {
    /// The piece, decoded.
    public String in(Lexed lexed) {
        return lexed.string(start, end);
    }
}
