package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.CreateTable;
import io.shardgate.router.statement.DefinitionStatement.PartitionBy;
import io.shardgate.router.statement.DefinitionStatement.Persistence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// CREATE TABLE and CREATE FOREIGN TABLE behind those words.
/// Not thread-safe; owned by one call of [#read].
final class TableReader {
    private final Tokens tokens;
    private List<TableElement> elements = List.of();
    /// Parentheses were there; `CREATE TABLE t ()` has no column.
    private boolean listed;
    private @Nullable Name ofType;
    private @Nullable Name partitionOf;
    private @Nullable PartitionBy partitionBy;
    private List<Name> inherits = List.of();
    private List<String> columnNames = List.of();
    private @Nullable Lexed asQuery;
    private boolean withData = true;

    private TableReader(Tokens tokens) {
        this.tokens = tokens;
    }

    static Statement read(Tokens tokens, Persistence persistence, boolean foreign) {
        return new TableReader(tokens).table(persistence, foreign);
    }

    private Statement table(Persistence persistence, boolean foreign) {
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        Name name = tokens.takeName();
        if (tokens.skip("of")) {
            ofType = tokens.takeName();
        } else if (tokens.skip("partition", "of")) {
            partitionOf = tokens.takeName();
        }
        if (tokens.at(TokenKind.OPEN)) {
            listed = true;
            elements = TableElementReader.takeAll(tokens);
        }
        if (partitionOf != null && !tokens.skip("default")) {
            tokens.take("for", "values");
            bound();
        }
        while (!tokens.atEnd()) {
            clause();
        }
        checkTypes();
        return new CreateTable(
                name, persistence, foreign, ifNotExists, elements, ofType, inherits, partitionOf, partitionBy, columnNames, asQuery, withData);
    }

    /// `IN (…)`, `FROM (…) TO (…)`, `WITH (MODULUS …, REMAINDER …)`
    private void bound() {
        String word = tokens.takeAny("in", "from", "with");
        tokens.takeParenthesised();
        if (word.equals("from")) {
            tokens.take("to");
            tokens.takeParenthesised();
        }
    }

    private void clause() {
        String word = tokens.takeAny("inherits", "partition", "using", "with", "without", "on", "tablespace", "server", "options", "as");
        switch (word) {
            case "inherits" -> {
                tokens.take(TokenKind.OPEN);
                inherits = tokens.at(TokenKind.CLOSE) ? List.of() : tokens.takeNames();
                tokens.take(TokenKind.CLOSE);
            }
            case "partition" -> partitionBy = partitionKey();
            case "using", "tablespace", "server" -> tokens.takeIdentifier();
            case "with", "options" -> tokens.takeParenthesised();
            case "without" -> tokens.take("oids");
            case "on" -> {
                tokens.take("commit");
                if (tokens.skipAny("drop") == null) {
                    tokens.takeAny("preserve", "delete");
                    tokens.take("rows");
                }
            }
            default -> asQuery();
        }
    }

    private PartitionBy partitionKey() {
        int from = tokens.position() - 1;
        tokens.take("by");
        String strategy = tokens.takeIdentifier().toLowerCase(Locale.ROOT);
        List<String> columns = new ArrayList<>();
        CreateReader.keyElements(tokens, new ArrayList<>(), columns);
        return new PartitionBy(strategy, columns, tokens.spanFrom(from));
    }

    private void asQuery() {
        columnNames = elements.stream().map(TableReader::nameOnly).toList();
        elements = List.of();
        withData = DataReader.withData(tokens);
        asQuery = DataReader.bodyBeforeData(tokens);
    }

    private static String nameOnly(TableElement element) {
        if (element instanceof TableElement.Column column && column.type().isEmpty() && column.span().equals(column.nameSpan())) {
            return column.name();
        }
        throw new Unreadable("a column name");
    }

    private void checkTypes() {
        boolean typesElsewhere = ofType != null || partitionOf != null;
        boolean typeless = elements.stream().anyMatch(element -> element instanceof TableElement.Column column && column.type().isEmpty());
        boolean nothing = elements.isEmpty() && asQuery == null && !listed;
        if (!typesElsewhere && (typeless || nothing)) {
            throw new Unreadable("columns");
        }
    }
}
