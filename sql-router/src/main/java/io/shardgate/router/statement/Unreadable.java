package io.shardgate.router.statement;

/// Says inside this package that a statement is not what its first words promise. It becomes [Other].
final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unreadable(String expected) {
        super(expected, null, false, false);
    }
}
