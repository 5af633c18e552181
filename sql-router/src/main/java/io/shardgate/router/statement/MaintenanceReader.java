package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DataStatement.TableReference;
import io.shardgate.router.statement.MaintenanceStatement.Analyze;
import io.shardgate.router.statement.MaintenanceStatement.Checkpoint;
import io.shardgate.router.statement.MaintenanceStatement.Cluster;
import io.shardgate.router.statement.MaintenanceStatement.RefreshMaterializedView;
import io.shardgate.router.statement.MaintenanceStatement.Reindex;
import io.shardgate.router.statement.MaintenanceStatement.Vacuum;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// VACUUM, ANALYZE, REINDEX, CLUSTER, REFRESH, CHECKPOINT. Pure.
final class MaintenanceReader {
    private MaintenanceReader() {}

    static Statement read(String word, Tokens tokens) {
        return switch (word) {
            case "vacuum" -> new Vacuum(options(tokens, "full", "freeze", "verbose", "analyze", "analyse"), tables(tokens));
            case "analyze", "analyse" -> new Analyze(options(tokens, "verbose"), tables(tokens));
            case "reindex" -> reindex(tokens);
            case "cluster" -> cluster(tokens);
            case "refresh" -> refresh(tokens);
            case "checkpoint" -> checkpoint(tokens);
            default -> throw new Unreadable("a maintenance statement");
        };
    }

    /// In parentheses, or as bare words in this order.
    private static List<Option> options(Tokens tokens, String... words) {
        if (tokens.at(TokenKind.OPEN)) {
            return OptionReader.take(tokens);
        }
        List<Option> options = new ArrayList<>();
        for (String word : words) {
            int from = tokens.position();
            if (tokens.skip(word)) {
                options.add(new Option(word.replace("analyse", "analyze"), List.of(), tokens.spanFrom(from)));
            }
        }
        return options;
    }

    private static List<TableReference> tables(Tokens tokens) {
        List<TableReference> tables = new ArrayList<>();
        if (tokens.atEnd()) {
            return tables;
        }
        do {
            tables.add(DataReader.reference(tokens, true));
        } while (tokens.skip(TokenKind.COMMA));
        return tables;
    }

    private static Statement reindex(Tokens tokens) {
        List<Option> options = tokens.at(TokenKind.OPEN) ? OptionReader.take(tokens) : List.of();
        String target = tokens.takeAny("index", "table", "schema", "database", "system");
        boolean concurrently = tokens.skip("concurrently")
                || options.stream().anyMatch(option -> option.name().equals("concurrently") && option.isOn());
        boolean nameless = tokens.atEnd() && (target.equals("database") || target.equals("system"));
        Name name = nameless ? null : tokens.takeName();
        return new Reindex(Reindex.Target.valueOf(target.toUpperCase(Locale.ROOT)), name, concurrently, options);
    }

    /// `CLUSTER [table [USING index]]`, and `CLUSTER index ON table` of before 8.3.
    private static Statement cluster(Tokens tokens) {
        if (tokens.at(TokenKind.OPEN)) {
            OptionReader.take(tokens);
        } else {
            tokens.skip("verbose");
        }
        if (tokens.atEnd()) {
            return new Cluster(null, null);
        }
        Name first = tokens.takeName();
        if (tokens.skip("on")) {
            return new Cluster(tokens.takeName(), first);
        }
        return new Cluster(first, tokens.skip("using") ? tokens.takeName() : null);
    }

    private static Statement refresh(Tokens tokens) {
        tokens.take("materialized", "view");
        boolean concurrently = tokens.skip("concurrently");
        Name view = tokens.takeName();
        boolean withData = !tokens.skip("with", "no", "data");
        if (withData) {
            tokens.skip("with", "data");
        }
        return new RefreshMaterializedView(view, concurrently, withData);
    }

    private static Statement checkpoint(Tokens tokens) {
        if (tokens.at(TokenKind.OPEN)) {
            OptionReader.take(tokens);
        }
        return new Checkpoint();
    }
}
