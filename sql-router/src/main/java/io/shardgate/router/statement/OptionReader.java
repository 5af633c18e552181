package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Options in parentheses, `(name [value], …)`, as COPY, EXPLAIN, VACUUM and REINDEX have them. Pure.
final class OptionReader {
    private OptionReader() {}

    static List<Option> take(Tokens tokens) {
        tokens.take(TokenKind.OPEN);
        List<Option> options = new ArrayList<>();
        do {
            options.add(one(tokens));
        } while (tokens.skip(TokenKind.COMMA));
        tokens.take(TokenKind.CLOSE);
        return options;
    }

    private static Option one(Tokens tokens) {
        int from = tokens.position();
        String name = tokens.skip("analyse") ? "analyze" : tokens.takeIdentifier().toLowerCase(Locale.ROOT);
        List<String> values = new ArrayList<>();
        if (tokens.skip(TokenKind.OPEN)) {
            do {
                values.add(value(tokens));
            } while (tokens.skip(TokenKind.COMMA));
            tokens.take(TokenKind.CLOSE);
        } else if (!tokens.at(TokenKind.COMMA) && !tokens.at(TokenKind.CLOSE)) {
            values.add(value(tokens));
        }
        return new Option(name, values, tokens.spanFrom(from));
    }

    /// A word, a string, a number or a star.
    static String value(Tokens tokens) {
        if (tokens.skipOperator("*")) {
            return "*";
        }
        return tokens.atNumber() ? tokens.takeNumber() : tokens.takeIdentifierOrString();
    }
}
