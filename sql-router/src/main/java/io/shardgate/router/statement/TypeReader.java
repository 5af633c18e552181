package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;

/// The name of a type with everything that belongs to it. Pure.
///
///     [SETOF] name [(typmod)] [WITH TIME ZONE] [fields of an interval] [%TYPE] ([n])… | ARRAY
final class TypeReader {
    private static final String[] INTERVAL_FIELDS = {"year", "month", "day", "hour", "minute", "second"};

    private TypeReader() {}

    static Span take(Tokens tokens) {
        int from = tokens.position();
        tokens.skip("setof");
        base(tokens);
        while (tokens.at(TokenKind.OPEN_BRACKET)) {
            tokens.takeParenthesised();
        }
        if (tokens.skip("array") && tokens.at(TokenKind.OPEN_BRACKET)) {
            tokens.takeParenthesised();
        }
        return tokens.spanFrom(from);
    }

    private static void base(Tokens tokens) {
        if (tokens.skip("double", "precision")) {
            return;
        }
        if (tokens.isAt(1, TokenKind.DOT)) {
            named(tokens);
            return;
        }
        if (tokens.skipAny("timestamp", "time") != null) {
            typmod(tokens);
            if (!tokens.skip("with", "time", "zone")) {
                tokens.skip("without", "time", "zone");
            }
            return;
        }
        if (tokens.skip("interval")) {
            interval(tokens);
            return;
        }
        tokens.skip("national");
        if (tokens.skipAny("character", "char", "nchar", "bit") != null) {
            tokens.skip("varying");
            typmod(tokens);
            return;
        }
        named(tokens);
    }

    private static void named(Tokens tokens) {
        tokens.takeName();
        if (tokens.atOperator("%")) {
            tokens.skipOperator("%");
            tokens.take("type");
        }
        typmod(tokens);
    }

    private static void typmod(Tokens tokens) {
        if (tokens.at(TokenKind.OPEN)) {
            tokens.takeParenthesised();
        }
    }

    private static void interval(Tokens tokens) {
        typmod(tokens);
        if (tokens.skipAny(INTERVAL_FIELDS) == null) {
            return;
        }
        typmod(tokens);
        if (tokens.skip("to")) {
            tokens.takeAny(INTERVAL_FIELDS);
            typmod(tokens);
        }
    }
}
