package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.CreateDatabase;
import io.shardgate.router.statement.DefinitionStatement.CreateExtension;
import io.shardgate.router.statement.DefinitionStatement.CreateIndex;
import io.shardgate.router.statement.DefinitionStatement.CreateMaterializedView;
import io.shardgate.router.statement.DefinitionStatement.CreateObject;
import io.shardgate.router.statement.DefinitionStatement.CreatePolicy;
import io.shardgate.router.statement.DefinitionStatement.CreateRule;
import io.shardgate.router.statement.DefinitionStatement.CreateSchema;
import io.shardgate.router.statement.DefinitionStatement.CreateTrigger;
import io.shardgate.router.statement.DefinitionStatement.CreateView;
import io.shardgate.router.statement.DefinitionStatement.Persistence;
import java.util.ArrayList;
import java.util.List;

/// CREATE: what stands between it and the kind of object, then one method or reader for each kind. Pure.
final class CreateReader {
    private CreateReader() {}

    static Statement read(Tokens tokens) {
        boolean orReplace = tokens.skip("or", "replace");
        if (tokens.at("global") || tokens.at("local")) {
            tokens.takeToken();
        }
        Persistence persistence = Persistence.PERMANENT;
        if (tokens.skipAny("temporary", "temp") != null) {
            persistence = Persistence.TEMPORARY;
        } else if (tokens.skip("unlogged")) {
            persistence = Persistence.UNLOGGED;
        }
        if (tokens.skip("unique", "index")) {
            return index(tokens, true);
        }
        boolean recursive = tokens.skip("recursive");
        tokens.skip("constraint");
        return object(ObjectKind.take(tokens), tokens, orReplace, persistence, recursive);
    }

    private static Statement object(String kind, Tokens tokens, boolean orReplace, Persistence persistence, boolean recursive) {
        return switch (kind) {
            case "TABLE" -> TableReader.read(tokens, persistence, false);
            case "FOREIGN TABLE" -> TableReader.read(tokens, persistence, true);
            case "INDEX" -> index(tokens, false);
            case "VIEW" -> view(tokens, orReplace, persistence == Persistence.TEMPORARY, recursive);
            case "MATERIALIZED VIEW" -> materializedView(tokens);
            case "SEQUENCE" -> SequenceReader.create(tokens, persistence == Persistence.TEMPORARY);
            case "SCHEMA" -> schema(tokens);
            case "TYPE" -> TypeDefinitionReader.type(tokens);
            case "DOMAIN" -> TypeDefinitionReader.domain(tokens);
            case "FUNCTION" -> RoutineReader.read(tokens, false, orReplace);
            case "PROCEDURE" -> RoutineReader.read(tokens, true, orReplace);
            case "TRIGGER" -> trigger(tokens, orReplace);
            case "RULE" -> rule(tokens, orReplace);
            case "POLICY" -> policy(tokens);
            case "EXTENSION" -> extension(tokens);
            case "ROLE", "USER", "GROUP" -> RoleReader.change(tokens, true);
            case "DATABASE" -> database(tokens);
            default -> other(kind, tokens);
        };
    }

    private static Statement index(Tokens tokens, boolean unique) {
        boolean concurrently = tokens.skip("concurrently");
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        Name name = tokens.at("on") ? null : tokens.takeName();
        tokens.take("on");
        boolean only = tokens.skip("only");
        Name table = tokens.takeName();
        if (tokens.skip("using")) {
            tokens.takeIdentifier();
        }
        List<Span> elements = new ArrayList<>();
        List<String> columns = new ArrayList<>();
        keyElements(tokens, elements, columns);
        tokens.moveToAny("where");
        Span where = tokens.skip("where") ? tokens.takeRest() : null;
        return new CreateIndex(name, unique, concurrently, ifNotExists, table, only, columns, elements.size(), where);
    }

    /// `(column …, function(…) …, (expression) …)`: all elements, and those that are plain columns.
    static void keyElements(Tokens tokens, List<Span> elements, List<String> columns) {
        tokens.take(TokenKind.OPEN);
        do {
            boolean plain = tokens.atName() && !tokens.isAt(1, TokenKind.OPEN) && !tokens.isAt(1, TokenKind.DOT);
            if (plain) {
                int from = tokens.position();
                columns.add(tokens.takeIdentifier());
                tokens.moveTo(from);
            }
            elements.add(tokens.takeExpression());
        } while (tokens.skip(TokenKind.COMMA));
        tokens.take(TokenKind.CLOSE);
    }

    private static Statement view(Tokens tokens, boolean orReplace, boolean temporary, boolean recursive) {
        Name name = tokens.takeName();
        List<String> columns = tokens.skipColumns();
        if (tokens.skip("with")) {
            tokens.takeParenthesised();
        }
        tokens.take("as");
        tokens.dropLast(checkOption(tokens));
        return new CreateView(name, orReplace, temporary, recursive, columns, tokens.takeBody());
    }

    /// The length of `WITH [CASCADED | LOCAL] CHECK OPTION` at the end.
    private static int checkOption(Tokens tokens) {
        Lexed lexed = tokens.lexed();
        int end = tokens.position() + tokens.remaining();
        if (!lexed.is(end - 1, "option") || !lexed.is(end - 2, "check")) {
            return 0;
        }
        if (lexed.is(end - 3, "with")) {
            return 3;
        }
        boolean kind = lexed.is(end - 3, "cascaded") || lexed.is(end - 3, "local");
        return kind && lexed.is(end - 4, "with") ? 4 : 0;
    }

    private static Statement materializedView(Tokens tokens) {
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        Name name = tokens.takeName();
        List<String> columns = tokens.skipColumns();
        tokens.moveToAny("as");
        tokens.take("as");
        return new CreateMaterializedView(name, ifNotExists, columns, DataReader.bodyBeforeData(tokens), DataReader.withData(tokens));
    }

    private static Statement schema(Tokens tokens) {
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        String name = tokens.at("authorization") ? null : tokens.takeIdentifier();
        String owner = tokens.skip("authorization") ? tokens.takeIdentifier() : null;
        if (name == null && owner == null) {
            throw new Unreadable("a name");
        }
        Span elements = null;
        if (!tokens.atEnd()) {
            if (!tokens.at("create") && !tokens.at("grant")) {
                throw new Unreadable("CREATE");
            }
            elements = tokens.takeRest();
        }
        return new CreateSchema(name, ifNotExists, owner, elements);
    }

    private static Statement trigger(Tokens tokens, boolean orReplace) {
        String name = tokens.takeIdentifier();
        tokens.moveToAny("on");
        tokens.take("on");
        Name table = tokens.takeName();
        tokens.moveToAny("execute");
        tokens.take("execute");
        tokens.takeAny("function", "procedure");
        Name function = tokens.takeName();
        tokens.takeArguments();
        return new CreateTrigger(name, table, function, orReplace);
    }

    private static Statement rule(Tokens tokens, boolean orReplace) {
        String name = tokens.takeIdentifier();
        tokens.take("as", "on");
        tokens.takeAny("select", "insert", "update", "delete");
        tokens.take("to");
        Name table = tokens.takeName();
        tokens.moveToAny("do");
        tokens.take("do");
        return new CreateRule(name, table, orReplace, tokens.takeRest());
    }

    private static Statement policy(Tokens tokens) {
        String name = tokens.takeIdentifier();
        tokens.take("on");
        return new CreatePolicy(name, tokens.takeName(), false, tokens.takeRest());
    }

    private static Statement extension(Tokens tokens) {
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        String name = tokens.takeIdentifier();
        tokens.skip("with");
        String schema = null;
        while (!tokens.atEnd()) {
            switch (tokens.takeAny("schema", "version", "cascade")) {
                case "schema" -> schema = tokens.takeIdentifier();
                case "version" -> tokens.takeIdentifierOrString();
                default -> {}
            }
        }
        return new CreateExtension(name, ifNotExists, schema);
    }

    private static Statement database(Tokens tokens) {
        String name = tokens.takeIdentifier();
        tokens.takeRest();
        return new CreateDatabase(name);
    }

    private static Statement other(String kind, Tokens tokens) {
        tokens.skip("if", "not", "exists");
        Name name = ObjectKind.isIrregular(kind) || !tokens.atName() ? null : tokens.takeName();
        tokens.takeRest();
        return new CreateObject(kind, name);
    }
}
