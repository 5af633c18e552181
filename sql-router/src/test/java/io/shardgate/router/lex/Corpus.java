package io.shardgate.router.lex;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The statements of `pg-statements.sql` by group. Each is accepted by PostgreSQL's own parser.
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
        try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream("pg-statements.sql"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
