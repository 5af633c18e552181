package io.shardgate.router.statement;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The kinds of objects that CREATE, ALTER, DROP and COMMENT name, with as many words as they have. Pure.
final class ObjectKind {
    /// Longer ones before their beginnings.
    private static final List<String> KINDS = List.of(
            "access method", "aggregate", "cast", "collation", "column", "constraint", "conversion", "database", "domain", "event trigger",
            "extension", "foreign data wrapper", "foreign table", "function", "group", "index", "language", "large object", "materialized view",
            "operator class", "operator family", "operator", "policy", "procedure", "publication", "role", "routine", "rule", "schema", "sequence",
            "server", "statistics", "subscription", "tablespace", "table", "text search configuration", "text search dictionary",
            "text search parser", "text search template", "transform", "trigger", "type", "user mapping", "user", "view");

    private ObjectKind() {}

    /// Upper case; GROUP and USER stay themselves.
    static String take(Tokens tokens) {
        String kind = skip(tokens);
        if (kind == null) {
            throw new Unreadable("a kind of object");
        }
        return kind;
    }

    static @Nullable String skip(Tokens tokens) {
        if (tokens.atWords("procedural", "language") || tokens.atWords("trusted", "language")) {
            tokens.takeToken();
        } else if (tokens.atWords("trusted", "procedural", "language")) {
            tokens.takeToken();
            tokens.takeToken();
        }
        for (String kind : KINDS) {
            if (tokens.skip(kind.split(" "))) {
                return kind.toUpperCase(Locale.ROOT);
            }
        }
        return null;
    }

    /// Whether its objects stand on a table: `name ON table`.
    static boolean standsOnTable(String kind) {
        return switch (kind) {
            case "TRIGGER", "RULE", "POLICY", "CONSTRAINT" -> true;
            default -> false;
        };
    }

    /// Whether arguments in parentheses follow the name.
    static boolean hasArguments(String kind) {
        return switch (kind) {
            case "FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE" -> true;
            default -> false;
        };
    }

    /// Whether what follows is not simply a name.
    static boolean isIrregular(String kind) {
        return switch (kind) {
            case "CAST", "TRANSFORM", "OPERATOR", "USER MAPPING", "LARGE OBJECT" -> true;
            default -> false;
        };
    }
}
