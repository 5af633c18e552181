package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DataStatement.Call;
import io.shardgate.router.statement.DataStatement.Do;
import io.shardgate.router.statement.DataStatement.Explain;
import io.shardgate.router.statement.DataStatement.Lock;
import io.shardgate.router.statement.DataStatement.TableReference;
import io.shardgate.router.statement.DataStatement.Truncate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// EXPLAIN, LOCK, TRUNCATE, CALL, DO. Pure.
final class DataReader {
    private DataReader() {}

    static Statement read(String word, Tokens tokens) {
        return switch (word) {
            case "explain" -> explain(tokens);
            case "lock" -> lock(tokens);
            case "truncate" -> truncate(tokens);
            case "call" -> new Call(tokens.takeName(), tokens.takeArguments());
            case "do" -> block(tokens);
            default -> throw new Unreadable("a data statement");
        };
    }

    private static Statement explain(Tokens tokens) {
        List<Option> options = new ArrayList<>();
        if (tokens.at(TokenKind.OPEN) && !queryFollows(tokens)) {
            options.addAll(OptionReader.take(tokens));
        } else {
            for (String word : List.of("analyze", "analyse", "verbose")) {
                int from = tokens.position();
                if (tokens.skip(word)) {
                    options.add(new Option(word.replace("analyse", "analyze"), List.of(), tokens.spanFrom(from)));
                }
            }
        }
        return new Explain(options, isOn(options, "analyze"), isOn(options, "route"), tokens.takeBody());
    }

    /// `EXPLAIN (SELECT 1) UNION …`
    private static boolean queryFollows(Tokens tokens) {
        return tokens.isAt(1, TokenKind.OPEN)
                || tokens.isAt(1, "select")
                || tokens.isAt(1, "with")
                || tokens.isAt(1, "values")
                || tokens.isAt(1, "table");
    }

    private static boolean isOn(List<Option> options, String name) {
        return options.reversed().stream().filter(option -> option.name().equals(name)).findFirst().map(Option::isOn).orElse(false);
    }

    private static Statement lock(Tokens tokens) {
        tokens.skip("table");
        List<TableReference> tables = references(tokens);
        String mode = "ACCESS EXCLUSIVE";
        if (tokens.skip("in")) {
            int from = tokens.position();
            tokens.moveToAny("mode");
            mode = tokens.wordsFrom(from);
            tokens.take("mode");
        }
        return new Lock(tables, mode, tokens.skip("nowait"));
    }

    private static Statement truncate(Tokens tokens) {
        tokens.skip("table");
        List<TableReference> tables = references(tokens);
        boolean restart = tokens.skip("restart", "identity");
        if (!restart) {
            tokens.skip("continue", "identity");
        }
        return new Truncate(tables, restart, skipCascade(tokens));
    }

    /// CASCADE or RESTRICT.
    static boolean skipCascade(Tokens tokens) {
        boolean cascade = tokens.skip("cascade");
        if (!cascade) {
            tokens.skip("restrict");
        }
        return cascade;
    }

    /// `[ONLY] name [*], …`
    private static List<TableReference> references(Tokens tokens) {
        List<TableReference> tables = new ArrayList<>();
        do {
            tables.add(reference(tokens, false));
        } while (tokens.skip(TokenKind.COMMA));
        return tables;
    }

    /// @param columns whether a column list may follow
    static TableReference reference(Tokens tokens, boolean columns) {
        int from = tokens.position();
        boolean only = tokens.skip("only");
        boolean parenthesis = only && tokens.skip(TokenKind.OPEN);
        Name name = tokens.takeName();
        if (parenthesis) {
            tokens.take(TokenKind.CLOSE);
        }
        if (!only) {
            tokens.skipOperator("*");
        }
        List<String> names = columns ? tokens.skipColumns() : List.of();
        return new TableReference(name, only, names, tokens.spanFrom(from));
    }

    private static Statement block(Tokens tokens) {
        String language = "plpgsql";
        String body = null;
        while (!tokens.atEnd()) {
            if (tokens.skip("language")) {
                language = tokens.takeIdentifierOrString().toLowerCase(Locale.ROOT);
            } else {
                body = tokens.takeString();
            }
        }
        if (body == null) {
            throw new Unreadable("a body");
        }
        return new Do(language, body);
    }

    /// A body without the `WITH [NO] DATA` at its end.
    static Lexed bodyBeforeData(Tokens tokens) {
        Lexed lexed = tokens.lexed();
        int end = tokens.position() + tokens.remaining();
        int drop = 0;
        if (lexed.is(end - 1, "data") && lexed.is(end - 2, "with")) {
            drop = 2;
        } else if (lexed.is(end - 1, "data") && lexed.is(end - 2, "no") && lexed.is(end - 3, "with")) {
            drop = 3;
        }
        tokens.dropLast(drop);
        return tokens.takeBody();
    }

    /// Whether the statement does not end in WITH NO DATA.
    static boolean withData(Tokens tokens) {
        Lexed lexed = tokens.lexed();
        int end = lexed.size();
        return !(lexed.is(end - 1, "data") && lexed.is(end - 2, "no") && lexed.is(end - 3, "with"));
    }
}
