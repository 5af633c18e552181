package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DataStatement.Copy;
import io.shardgate.router.statement.DataStatement.Copy.Place;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// COPY, with the options of today and those of before 9.0. Pure.
final class CopyReader {
    private CopyReader() {}

    static Statement read(Tokens tokens) {
        List<Option> options = new ArrayList<>();
        if (tokens.at(TokenKind.OPEN)) {
            return end(tokens, null, List.of(), null, query(tokens), options);
        }
        int from = tokens.position();
        if (tokens.skip("binary")) {
            options.add(new Option("format", List.of("binary"), tokens.spanFrom(from)));
        }
        Name table = tokens.takeName();
        int columnsFrom = tokens.position();
        List<String> columns = tokens.skipColumns();
        Span columnSpan = columns.isEmpty() ? null : tokens.spanFrom(columnsFrom);
        return end(tokens, table, columns, columnSpan, null, options);
    }

    private static Lexed query(Tokens tokens) {
        int open = tokens.position();
        tokens.takeParenthesised();
        if (tokens.position() - open <= 2) {
            throw new Unreadable("a query");
        }
        return tokens.lexed().part(open + 1, tokens.position() - 1);
    }

    private static Statement end(
            Tokens tokens, @Nullable Name table, List<String> columns, @Nullable Span columnSpan, @Nullable Lexed query, List<Option> options) {
        boolean from = tokens.takeAny("from", "to").equals("from");
        if (from && query != null) {
            throw new Unreadable("TO");
        }
        Place place = tokens.skipAny("stdin", "stdout") != null ? Place.CLIENT : tokens.skip("program") ? Place.PROGRAM : Place.FILE;
        String path = place == Place.CLIENT ? null : tokens.takeString();
        delimiters(tokens, options);
        tokens.skip("with");
        if (tokens.at(TokenKind.OPEN)) {
            options.addAll(OptionReader.take(tokens));
        } else {
            oldOptions(tokens, options);
        }
        Span where = null;
        if (from && tokens.skip("where")) {
            where = tokens.takeRest();
        }
        return new Copy(table, columns, columnSpan, query, from, place, path, options, where);
    }

    /// `[USING] DELIMITERS 'x'`, older than old.
    private static void delimiters(Tokens tokens, List<Option> options) {
        int from = tokens.position();
        if (tokens.skip("using", "delimiters") || tokens.skip("delimiters")) {
            options.add(new Option("delimiter", List.of(tokens.takeString()), tokens.spanFrom(from)));
        }
    }

    private static void oldOptions(Tokens tokens, List<Option> options) {
        while (!tokens.atEnd() && !tokens.at("where")) {
            int from = tokens.position();
            String word = tokens.takeAny("binary", "csv", "freeze", "header", "delimiter", "null", "quote", "escape", "encoding", "force");
            switch (word) {
                case "binary", "csv" -> options.add(new Option("format", List.of(word), tokens.spanFrom(from)));
                case "freeze", "header" -> options.add(new Option(word, List.of(), tokens.spanFrom(from)));
                case "force" -> options.add(force(tokens, from));
                default -> {
                    tokens.skip("as");
                    options.add(new Option(word, List.of(tokens.takeString()), tokens.spanFrom(from)));
                }
            }
        }
    }

    private static Option force(Tokens tokens, int from) {
        String name = tokens.skip("not", "null") ? "force_not_null" : tokens.skip("null") ? "force_null" : "force_quote";
        if (name.equals("force_quote")) {
            tokens.take("quote");
        }
        List<String> columns = tokens.skipOperator("*") ? List.of("*") : tokens.takeIdentifiers();
        return new Option(name, columns, tokens.spanFrom(from));
    }
}
