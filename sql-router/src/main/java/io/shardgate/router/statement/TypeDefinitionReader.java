package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.AlterType;
import io.shardgate.router.statement.DefinitionStatement.CreateDomain;
import io.shardgate.router.statement.DefinitionStatement.CreateType;
import io.shardgate.router.statement.DefinitionStatement.CreateType.Form;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// CREATE TYPE, CREATE DOMAIN, ALTER TYPE, ALTER DOMAIN. Pure.
final class TypeDefinitionReader {
    private TypeDefinitionReader() {}

    static Statement type(Tokens tokens) {
        Name name = tokens.takeName();
        if (tokens.atEnd()) {
            return new CreateType(name, Form.SHELL, List.of(), List.of());
        }
        if (tokens.at(TokenKind.OPEN)) {
            tokens.takeParenthesised();
            return new CreateType(name, Form.BASE, List.of(), List.of());
        }
        tokens.take("as");
        if (tokens.skip("enum")) {
            return new CreateType(name, Form.ENUM, labels(tokens), List.of());
        }
        if (tokens.skip("range")) {
            tokens.takeParenthesised();
            return new CreateType(name, Form.RANGE, List.of(), List.of());
        }
        return new CreateType(name, Form.COMPOSITE, List.of(), TableElementReader.attributes(tokens));
    }

    private static List<String> labels(Tokens tokens) {
        tokens.take(TokenKind.OPEN);
        List<String> labels = new ArrayList<>();
        while (!tokens.at(TokenKind.CLOSE)) {
            labels.add(tokens.takeString());
            if (!tokens.skip(TokenKind.COMMA)) {
                break;
            }
        }
        tokens.take(TokenKind.CLOSE);
        return labels;
    }

    static Statement domain(Tokens tokens) {
        Name name = tokens.takeName();
        tokens.skip("as");
        String type = TypeReader.take(tokens).in(tokens.lexed());
        tokens.takeRest();
        return new CreateDomain(name, type);
    }

    static Statement alter(Tokens tokens, boolean domain) {
        Name name = tokens.takeName();
        int from = tokens.position();
        if (tokens.atEnd()) {
            throw new Unreadable("an action");
        }
        String label = null;
        if (!domain && tokens.skip("add", "value")) {
            label = addedLabel(tokens);
        }
        tokens.takeRest();
        return new AlterType(name, domain, label, tokens.spanFrom(from));
    }

    private static @Nullable String addedLabel(Tokens tokens) {
        tokens.skip("if", "not", "exists");
        return tokens.takeString();
    }
}
