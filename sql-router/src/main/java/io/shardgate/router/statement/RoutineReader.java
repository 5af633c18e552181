package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.CreateFunction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// CREATE FUNCTION and CREATE PROCEDURE behind those words.
/// Not thread-safe; owned by one call of [#read].
final class RoutineReader {
    private final Tokens tokens;
    private String language = "sql";
    private @Nullable String body;
    private @Nullable Span standardBody;

    private RoutineReader(Tokens tokens) {
        this.tokens = tokens;
    }

    static Statement read(Tokens tokens, boolean procedure, boolean orReplace) {
        Name name = tokens.takeName();
        Span arguments = tokens.takeParenthesised();
        RoutineReader reader = new RoutineReader(tokens);
        while (!tokens.atEnd()) {
            reader.clause();
        }
        if (reader.body == null && reader.standardBody == null) {
            throw new Unreadable("a body");
        }
        return new CreateFunction(name, procedure, orReplace, arguments, reader.language, reader.body, reader.standardBody);
    }

    private void clause() {
        if (tokens.skip("language")) {
            language = tokens.takeIdentifierOrString().toLowerCase(Locale.ROOT);
        } else if (tokens.skip("set")) {
            SettingReader.settingName(tokens);
            if (tokens.skip("from")) {
                tokens.take("current");
            } else {
                value();
            }
        } else if (tokens.skip("as")) {
            body = tokens.takeString();
            if (tokens.skip(TokenKind.COMMA)) {
                tokens.takeString();
            }
        } else if (tokens.at("return") || tokens.atWords("begin", "atomic")) {
            standardBody = tokens.takeRest();
        } else {
            tokens.skipOne();
        }
    }

    private void value() {
        if (!tokens.skip("to") && !tokens.skipOperator("=")) {
            throw new Unreadable("TO");
        }
        SettingReader.value(tokens);
    }
}
