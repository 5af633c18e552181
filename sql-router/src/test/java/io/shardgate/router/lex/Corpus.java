package io.shardgate.router.lex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The statements of the grammar's `pg-statements.sql` by group. Each is accepted by PostgreSQL's own parser.
public final class Corpus {
    private Corpus() {}

    /// Statements without their semicolon, by the name of their group.
    public static Map<String, List<String>> groups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        List<String> group = new ArrayList<>();
        for (String block : text().split("\n\n")) {
            String statement = block.strip();
            if (statement.startsWith("-- group: ")) {
                group = new ArrayList<>();
                groups.put(statement.substring("-- group: ".length()), group);
            } else if (!statement.startsWith("-- PostgreSQL statements")) {
                group.add(statement.replaceFirst(";$", ""));
            }
        }
        return groups;
    }

    /// All statements.
    public static List<String> all() {
        return groups().values().stream().flatMap(List::stream).toList();
    }

    private static String text() {
        try {
            return Files.readString(Path.of("grammar/src/test/resources/pg-statements.sql"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
