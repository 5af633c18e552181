package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.AlterSequence;
import io.shardgate.router.statement.DefinitionStatement.CreateSequence;
import io.shardgate.router.statement.DefinitionStatement.OwnedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// CREATE SEQUENCE, and ALTER SEQUENCE with sequence options. `NO CYCLE` comes out as cycle with the value `no`, and so on.
/// Not thread-safe; owned by one call.
final class SequenceReader {
    private final Tokens tokens;
    private final List<Option> options = new ArrayList<>();
    private @Nullable OwnedBy ownedBy;

    private SequenceReader(Tokens tokens) {
        this.tokens = tokens;
    }

    static Statement create(Tokens tokens, boolean temporary) {
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        Name name = tokens.takeName();
        SequenceReader reader = new SequenceReader(tokens);
        reader.takeOptions();
        return new CreateSequence(name, temporary, ifNotExists, reader.options, reader.ownedBy);
    }

    static Statement alter(Tokens tokens, Name name, boolean ifExists) {
        SequenceReader reader = new SequenceReader(tokens);
        reader.takeOptions();
        return new AlterSequence(name, ifExists, reader.options, reader.ownedBy);
    }

    private void takeOptions() {
        while (!tokens.atEnd()) {
            int from = tokens.position();
            if (tokens.skip("no")) {
                options.add(new Option(tokens.takeAny("cycle", "minvalue", "maxvalue"), List.of("no"), tokens.spanFrom(from)));
            } else if (tokens.skip("owned", "by")) {
                ownedBy = takeOwner();
            } else {
                takeOption(from);
            }
        }
    }

    private void takeOption(int from) {
        String word = tokens.takeAny("as", "cache", "cycle", "increment", "maxvalue", "minvalue", "start", "restart", "logged", "unlogged");
        List<String> values =
                switch (word) {
                    case "as" -> List.of(TypeReader.take(tokens).in(tokens.lexed()));
                    case "cycle", "logged", "unlogged" -> List.of();
                    case "restart" -> {
                        tokens.skip("with");
                        yield tokens.atNumber() ? List.of(tokens.takeNumber()) : List.of();
                    }
                    default -> {
                        tokens.skipAny("by", "with");
                        yield List.of(tokens.takeNumber());
                    }
                };
        options.add(new Option(word, values, tokens.spanFrom(from)));
    }

    private @Nullable OwnedBy takeOwner() {
        if (tokens.at("none") && !tokens.isAt(1, TokenKind.DOT)) {
            tokens.take("none");
            return null;
        }
        int from = tokens.position();
        String schema = null;
        String table = tokens.takeIdentifier();
        tokens.take(TokenKind.DOT);
        String column = tokens.takeIdentifier();
        int tableTokens = tokens.position() - 2 - from;
        while (tokens.skip(TokenKind.DOT)) {
            schema = table;
            table = column;
            tableTokens = tokens.position() - 1 - from;
            column = tokens.takeIdentifier();
        }
        Span span = new Span(tokens.lexed().tokenStart(from), tokens.lexed().tokenEnd(from + tableTokens - 1));
        return new OwnedBy(new Name(schema, table, span), column);
    }
}
