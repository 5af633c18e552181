package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.Comment;
import io.shardgate.router.statement.DefinitionStatement.ImportForeignSchema;
import io.shardgate.router.statement.DefinitionStatement.Membership;
import io.shardgate.router.statement.DefinitionStatement.OwnedObjects;
import io.shardgate.router.statement.DefinitionStatement.Privileges;
import java.util.ArrayList;
import java.util.List;

/// GRANT, REVOKE, REASSIGN OWNED, COMMENT ON, SECURITY LABEL, IMPORT FOREIGN SCHEMA. Pure.
final class PrivilegeReader {
    private PrivilegeReader() {}

    static Statement read(String word, Tokens tokens) {
        boolean grant = word.equals("grant");
        String before = grant ? "to" : "from";
        if (!grant) {
            skipOptionFor(tokens);
        }
        int from = tokens.position();
        tokens.moveToAny("on", before);
        return tokens.skip("on") ? privileges(tokens, grant, before) : membership(tokens, grant, from, before);
    }

    /// `REVOKE [GRANT | ADMIN | INHERIT | SET] OPTION FOR`
    private static void skipOptionFor(Tokens tokens) {
        if (tokens.isAt(1, "option") && tokens.isAt(2, "for")) {
            tokens.moveTo(tokens.position() + 3);
        }
    }

    private static Statement membership(Tokens tokens, boolean grant, int from, String before) {
        tokens.moveTo(from);
        List<String> roles = tokens.takeIdentifiers();
        tokens.take(before);
        tokens.takeRest();
        return new Membership(grant, roles);
    }

    private static Statement privileges(Tokens tokens, boolean grant, String before) {
        int all = tokens.position();
        if (tokens.skip("all") && tokens.skipAny("tables", "sequences", "functions", "procedures", "routines") != null) {
            String plural = tokens.wordsFrom(all + 1);
            tokens.take("in", "schema");
            List<Name> schemas = tokens.takeNames();
            return end(tokens, new Privileges(grant, plural.substring(0, plural.length() - 1), schemas, true), before);
        }
        tokens.moveTo(all);
        String kind = kind(tokens);
        List<Name> objects = new ArrayList<>();
        do {
            object(kind, tokens, objects);
        } while (tokens.skip(TokenKind.COMMA));
        return end(tokens, new Privileges(grant, kind, objects, false), before);
    }

    private static String kind(Tokens tokens) {
        if (tokens.skip("foreign", "server")) {
            return "FOREIGN SERVER";
        }
        if (tokens.skip("parameter")) {
            return "PARAMETER";
        }
        boolean named = tokens.isAt(1, TokenKind.COMMA) || tokens.isAt(1, TokenKind.DOT) || tokens.isAt(1, "to") || tokens.isAt(1, "from");
        String kind = named ? null : ObjectKind.skip(tokens);
        return kind == null ? "TABLE" : kind;
    }

    private static void object(String kind, Tokens tokens, List<Name> objects) {
        if (kind.equals("LARGE OBJECT")) {
            tokens.takeNumber();
            return;
        }
        objects.add(tokens.takeName());
        if (ObjectKind.hasArguments(kind) && tokens.at(TokenKind.OPEN)) {
            tokens.takeParenthesised();
        }
    }

    private static Statement end(Tokens tokens, Statement statement, String before) {
        tokens.take(before);
        tokens.takeRest();
        return statement;
    }

    static Statement reassign(Tokens tokens) {
        tokens.take("owned", "by");
        List<String> roles = tokens.takeIdentifiers();
        tokens.take("to");
        tokens.takeIdentifier();
        return new OwnedObjects(false, roles);
    }

    /// COMMENT ON and SECURITY LABEL … ON.
    static Statement comment(String word, Tokens tokens) {
        if (word.equals("security")) {
            tokens.take("label");
            tokens.moveToAny("on");
        }
        tokens.take("on");
        String kind = ObjectKind.take(tokens);
        Name object = null;
        Name table = null;
        String column = null;
        if (kind.equals("COLUMN")) {
            int from = tokens.position();
            Name whole = tokens.takeName();
            column = whole.name();
            object = relationOf(tokens, from);
        } else if (!ObjectKind.isIrregular(kind)) {
            object = tokens.takeName();
            if (tokens.at(TokenKind.OPEN)) {
                tokens.takeParenthesised();
            }
            if (ObjectKind.standsOnTable(kind)) {
                tokens.take("on");
                tokens.skip("domain");
                table = tokens.takeName();
            }
        }
        tokens.moveToAny("is");
        tokens.take("is");
        tokens.takeRest();
        return new Comment(kind, object, column, table);
    }

    /// The relation in `schema.table.column`, which was read from a token on.
    private static Name relationOf(Tokens tokens, int from) {
        int end = tokens.position();
        int parts = (end - from + 1) / 2;
        if (parts < 2) {
            throw new Unreadable("a relation");
        }
        Span span = new Span(tokens.lexed().tokenStart(from), tokens.lexed().tokenEnd(end - 3));
        String schema = parts > 2 ? tokens.lexed().identifier(end - 5) : null;
        return new Name(schema, tokens.lexed().identifier(end - 3), span);
    }

    static Statement importSchema(Tokens tokens) {
        tokens.take("foreign", "schema");
        tokens.moveToAny("into");
        tokens.take("into");
        String into = tokens.takeIdentifier();
        tokens.takeRest();
        return new ImportForeignSchema(into);
    }
}
