package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.Drop;
import io.shardgate.router.statement.DefinitionStatement.Dropped;
import io.shardgate.router.statement.DefinitionStatement.OwnedObjects;
import java.util.ArrayList;
import java.util.List;

/// DROP. Pure.
final class DropReader {
    private DropReader() {}

    static Statement read(Tokens tokens) {
        if (tokens.skip("owned", "by")) {
            List<String> roles = tokens.takeIdentifiers();
            DataReader.skipCascade(tokens);
            return new OwnedObjects(true, roles);
        }
        String kind = ObjectKind.take(tokens);
        boolean concurrently = kind.equals("INDEX") && tokens.skip("concurrently");
        boolean ifExists = tokens.skip("if", "exists");
        if (ObjectKind.isIrregular(kind)) {
            boolean cascade = tokens.lexed().is(tokens.lexed().size() - 1, "cascade");
            tokens.takeRest();
            return new Drop(kind, List.of(), ifExists, cascade, concurrently);
        }
        List<Dropped> objects = new ArrayList<>();
        do {
            objects.add(object(kind, tokens));
        } while (tokens.skip(TokenKind.COMMA));
        if (kind.equals("DATABASE") && !tokens.atEnd()) {
            tokens.skip("with");
            tokens.takeParenthesised();
        }
        return new Drop(kind, objects, ifExists, DataReader.skipCascade(tokens), concurrently);
    }

    private static Dropped object(String kind, Tokens tokens) {
        int from = tokens.position();
        Name name = tokens.takeName();
        if (ObjectKind.hasArguments(kind) && tokens.at(TokenKind.OPEN)) {
            tokens.takeParenthesised();
        }
        if (kind.startsWith("OPERATOR ")) {
            tokens.take("using");
            tokens.takeIdentifier();
        }
        Name table = null;
        if (ObjectKind.standsOnTable(kind)) {
            tokens.take("on");
            table = tokens.takeName();
        }
        return new Dropped(name, table, tokens.spanFrom(from));
    }
}
