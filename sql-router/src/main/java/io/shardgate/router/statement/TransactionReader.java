package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.TransactionModes.Isolation;
import io.shardgate.router.statement.TransactionStatement.Begin;
import io.shardgate.router.statement.TransactionStatement.Commit;
import io.shardgate.router.statement.TransactionStatement.CommitPrepared;
import io.shardgate.router.statement.TransactionStatement.PrepareTransaction;
import io.shardgate.router.statement.TransactionStatement.Release;
import io.shardgate.router.statement.TransactionStatement.Rollback;
import io.shardgate.router.statement.TransactionStatement.RollbackPrepared;
import io.shardgate.router.statement.TransactionStatement.RollbackTo;
import io.shardgate.router.statement.TransactionStatement.Savepoint;

/// BEGIN, COMMIT, ROLLBACK, savepoints, two-phase commit. Pure.
final class TransactionReader {
    private TransactionReader() {}

    static Statement read(String word, Tokens tokens) {
        return switch (word) {
            case "begin" -> {
                tokens.skipAny("work", "transaction");
                yield new Begin(modes(tokens), false);
            }
            case "start" -> {
                tokens.take("transaction");
                yield new Begin(modes(tokens), true);
            }
            case "commit" ->
                tokens.skip("prepared") ? new CommitPrepared(tokens.takeString()) : new Commit(workAndChain(tokens));
            case "end" -> new Commit(workAndChain(tokens));
            case "rollback" -> rollback(tokens);
            case "abort" -> new Rollback(workAndChain(tokens));
            case "savepoint" -> new Savepoint(tokens.takeIdentifier());
            case "release" -> {
                skipSavepoint(tokens);
                yield new Release(tokens.takeIdentifier());
            }
            default -> throw new Unreadable("a transaction statement");
        };
    }

    static Statement prepareTransaction(Tokens tokens) {
        return new PrepareTransaction(tokens.takeString());
    }

    private static Statement rollback(Tokens tokens) {
        if (tokens.skip("prepared")) {
            return new RollbackPrepared(tokens.takeString());
        }
        tokens.skipAny("work", "transaction");
        if (tokens.skip("to")) {
            skipSavepoint(tokens);
            return new RollbackTo(tokens.takeIdentifier());
        }
        return new Rollback(chain(tokens));
    }

    /// SAVEPOINT is a name too.
    private static void skipSavepoint(Tokens tokens) {
        if (tokens.remaining() > 1) {
            tokens.skip("savepoint");
        }
    }

    private static boolean workAndChain(Tokens tokens) {
        tokens.skipAny("work", "transaction");
        return chain(tokens);
    }

    private static boolean chain(Tokens tokens) {
        if (tokens.skip("and", "no", "chain")) {
            return false;
        }
        return tokens.skip("and", "chain");
    }

    /// Modes with or without commas, down to the end.
    static TransactionModes modes(Tokens tokens) {
        TransactionModes modes = TransactionModes.NONE;
        boolean first = true;
        while (!tokens.atEnd()) {
            if (!first) {
                tokens.skip(TokenKind.COMMA);
            }
            first = false;
            modes = mode(tokens, modes);
        }
        return modes;
    }

    private static TransactionModes mode(Tokens tokens, TransactionModes modes) {
        if (tokens.skip("isolation", "level")) {
            return new TransactionModes(isolation(tokens), modes.readOnly(), modes.deferrable());
        }
        if (tokens.skip("read", "only")) {
            return new TransactionModes(modes.isolation(), true, modes.deferrable());
        }
        if (tokens.skip("read", "write")) {
            return new TransactionModes(modes.isolation(), false, modes.deferrable());
        }
        if (tokens.skip("deferrable")) {
            return new TransactionModes(modes.isolation(), modes.readOnly(), true);
        }
        tokens.take("not", "deferrable");
        return new TransactionModes(modes.isolation(), modes.readOnly(), false);
    }

    private static Isolation isolation(Tokens tokens) {
        if (tokens.skip("read", "committed")) {
            return Isolation.READ_COMMITTED;
        }
        if (tokens.skip("read", "uncommitted")) {
            return Isolation.READ_UNCOMMITTED;
        }
        if (tokens.skip("repeatable", "read")) {
            return Isolation.REPEATABLE_READ;
        }
        tokens.take("serializable");
        return Isolation.SERIALIZABLE;
    }
}
