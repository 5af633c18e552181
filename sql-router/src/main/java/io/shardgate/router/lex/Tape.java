package io.shardgate.router.lex;

import java.util.Arrays;

/// The tokens and lifted literals of the statement being read, in arrays that grow and are used again.
/// Not thread-safe; owned by its [Lexer].
final class Tape {
    private static final int FIRST_CAPACITY_TOKENS = 64;
    /// What a long statement made the arrays grow to is given back after it.
    private static final int KEPT_TOKENS = 16_384;

    private int[] marks = new int[FIRST_CAPACITY_TOKENS * Lexed.INTS_PER_TOKEN];
    private int[] lifted = new int[FIRST_CAPACITY_TOKENS];
    private int size;
    private int liftedCount;

    void clear() {
        size = 0;
        liftedCount = 0;
        if (marks.length > KEPT_TOKENS * Lexed.INTS_PER_TOKEN) {
            marks = new int[FIRST_CAPACITY_TOKENS * Lexed.INTS_PER_TOKEN];
            lifted = new int[FIRST_CAPACITY_TOKENS];
        }
    }

    void add(int start, int end, TokenKind kind, Keyword keyword) {
        int at = size * Lexed.INTS_PER_TOKEN;
        if (at == marks.length) {
            marks = Arrays.copyOf(marks, marks.length * 2);
        }
        marks[at] = start;
        marks[at + 1] = end;
        marks[at + 2] = kind.code() | keyword.code() << 8;
        size++;
    }

    void lift(int token, LiteralKind kind) {
        if (liftedCount == lifted.length) {
            lifted = Arrays.copyOf(lifted, lifted.length * 2);
        }
        lifted[liftedCount++] = token;
        marks[token * Lexed.INTS_PER_TOKEN + 2] |= kind.code() << 24;
    }

    int size() {
        return size;
    }

    int start(int token) {
        return marks[token * Lexed.INTS_PER_TOKEN];
    }

    int end(int token) {
        return marks[token * Lexed.INTS_PER_TOKEN + 1];
    }

    /// The kind of a token, UNKNOWN outside the statement.
    TokenKind kind(int token) {
        return token < 0 || token >= size ? TokenKind.UNKNOWN : TokenKind.of(marks[token * Lexed.INTS_PER_TOKEN + 2] & 0xff);
    }

    /// The key word that a token is, NONE outside the statement.
    Keyword keyword(int token) {
        return token < 0 || token >= size ? Keyword.NONE : Keyword.of(marks[token * Lexed.INTS_PER_TOKEN + 2] >>> 8 & 0xffff);
    }

    int[] toMarks() {
        int tokens = size * Lexed.INTS_PER_TOKEN;
        int[] copy = new int[tokens + liftedCount];
        System.arraycopy(marks, 0, copy, 0, tokens);
        System.arraycopy(lifted, 0, copy, tokens, liftedCount);
        return copy;
    }
}
