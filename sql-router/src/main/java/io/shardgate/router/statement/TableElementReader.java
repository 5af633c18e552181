package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.TableElement.Column;
import io.shardgate.router.statement.TableElement.Constraint;
import io.shardgate.router.statement.TableElement.Like;
import io.shardgate.router.statement.TableElement.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The elements of a table: LIKE, table constraints, and columns by way of [ColumnReader]. Pure.
final class TableElementReader {
    /// What INCLUDING ALL stands for.
    private static final List<String> EVERYTHING = List.of(
            "COMMENTS", "COMPRESSION", "CONSTRAINTS", "DEFAULTS", "GENERATED", "IDENTITY", "INDEXES", "STATISTICS", "STORAGE");

    private TableElementReader() {}

    /// `(element, …)`, possibly empty.
    static List<TableElement> takeAll(Tokens tokens) {
        tokens.take(TokenKind.OPEN);
        List<TableElement> elements = new ArrayList<>();
        if (tokens.skip(TokenKind.CLOSE)) {
            return elements;
        }
        do {
            elements.add(take(tokens));
        } while (tokens.skip(TokenKind.COMMA));
        tokens.take(TokenKind.CLOSE);
        return elements;
    }

    private static TableElement take(Tokens tokens) {
        if (tokens.at("like")) {
            return like(tokens);
        }
        return atConstraint(tokens) ? constraint(tokens) : new ColumnReader(tokens).take();
    }

    static boolean atConstraint(Tokens tokens) {
        boolean exclude = tokens.at("exclude") && (tokens.isAt(1, "using") || tokens.isAt(1, TokenKind.OPEN));
        return exclude || tokens.atAny("constraint", "check", "unique", "primary", "foreign") || tokens.atWords("not", "null");
    }

    private static Like like(Tokens tokens) {
        int from = tokens.position();
        tokens.take("like");
        Name table = tokens.takeName();
        List<String> including = new ArrayList<>();
        while (tokens.atAny("including", "excluding")) {
            boolean add = tokens.takeAny("including", "excluding").equals("including");
            String what = tokens.takeIdentifier().toUpperCase(Locale.ROOT);
            List<String> kinds = what.equals("ALL") ? EVERYTHING : List.of(what);
            including.removeAll(kinds);
            if (add) {
                including.addAll(kinds);
            }
        }
        return new Like(table, including, tokens.spanFrom(from));
    }

    static Constraint constraint(Tokens tokens) {
        int from = tokens.position();
        String name = tokens.skip("constraint") ? tokens.takeIdentifier() : null;
        String word = tokens.takeAny("check", "unique", "primary", "foreign", "exclude", "not");
        return switch (word) {
            case "check" -> {
                tokens.takeParenthesised();
                yield end(tokens, Constraint.Kind.CHECK, name, List.of(), null, null, from);
            }
            case "unique" -> {
                if (!tokens.skip("nulls", "not", "distinct")) {
                    tokens.skip("nulls", "distinct");
                }
                yield key(tokens, Constraint.Kind.UNIQUE, name, from);
            }
            case "primary" -> {
                tokens.take("key");
                yield key(tokens, Constraint.Kind.PRIMARY_KEY, name, from);
            }
            case "foreign" -> {
                tokens.take("key");
                List<String> columns = keyColumns(tokens);
                yield end(tokens, Constraint.Kind.FOREIGN_KEY, name, columns, references(tokens), null, from);
            }
            case "exclude" -> exclude(tokens, name, from);
            default -> {
                tokens.take("null");
                yield end(tokens, Constraint.Kind.NOT_NULL, name, List.of(tokens.takeIdentifier()), null, null, from);
            }
        };
    }

    private static Constraint key(Tokens tokens, Constraint.Kind kind, @Nullable String name, int from) {
        if (tokens.skip("using", "index")) {
            return end(tokens, kind, name, List.of(), null, tokens.takeIdentifier(), from);
        }
        List<String> columns = keyColumns(tokens);
        indexParameters(tokens);
        return end(tokens, kind, name, columns, null, null, from);
    }

    /// `(a, b WITHOUT OVERLAPS)`, `(a, PERIOD b)`
    private static List<String> keyColumns(Tokens tokens) {
        tokens.take(TokenKind.OPEN);
        List<String> columns = new ArrayList<>();
        do {
            if (!tokens.isAt(1, TokenKind.COMMA) && !tokens.isAt(1, TokenKind.CLOSE)) {
                tokens.skip("period");
            }
            columns.add(tokens.takeIdentifier());
            tokens.skip("without", "overlaps");
        } while (tokens.skip(TokenKind.COMMA));
        tokens.take(TokenKind.CLOSE);
        return columns;
    }

    private static Constraint exclude(Tokens tokens, @Nullable String name, int from) {
        if (tokens.skip("using")) {
            tokens.takeIdentifier();
        }
        List<String> columns = new ArrayList<>();
        CreateReader.keyElements(tokens, new ArrayList<>(), columns);
        indexParameters(tokens);
        if (tokens.skip("where")) {
            tokens.takeParenthesised();
        }
        return end(tokens, Constraint.Kind.EXCLUDE, name, columns, null, null, from);
    }

    /// REFERENCES and what belongs to it, but for the attributes of the constraint.
    static Reference references(Tokens tokens) {
        tokens.take("references");
        Name table = tokens.takeName();
        List<String> columns = tokens.at(TokenKind.OPEN) ? keyColumns(tokens) : List.of();
        if (tokens.skip("match")) {
            tokens.takeAny("full", "partial", "simple");
        }
        while (tokens.skip("on")) {
            tokens.takeAny("delete", "update");
            referentialAction(tokens);
        }
        return new Reference(table, columns);
    }

    private static void referentialAction(Tokens tokens) {
        if (tokens.skip("no", "action") || tokens.skipAny("cascade", "restrict") != null) {
            return;
        }
        tokens.take("set");
        tokens.takeAny("null", "default");
        tokens.skipColumns();
    }

    /// INCLUDE, WITH, USING INDEX TABLESPACE.
    static void indexParameters(Tokens tokens) {
        if (tokens.skip("include")) {
            tokens.takeParenthesised();
        }
        if (tokens.at("with") && tokens.isAt(1, TokenKind.OPEN)) {
            tokens.take("with");
            tokens.takeParenthesised();
        }
        if (tokens.skip("using", "index", "tablespace")) {
            tokens.takeIdentifier();
        }
    }

    private static Constraint end(
            Tokens tokens,
            Constraint.Kind kind,
            @Nullable String name,
            List<String> columns,
            @Nullable Reference references,
            @Nullable String usingIndex,
            int from) {
        while (skipAttribute(tokens)) {
            // Attributes stand in any order.
        }
        return new Constraint(kind, name, columns, references, usingIndex, tokens.spanFrom(from));
    }

    /// One attribute of a constraint. NOT VALID stays for the caller, who wants to know.
    static boolean skipAttribute(Tokens tokens) {
        return tokens.skip("not", "deferrable")
                || tokens.skip("deferrable")
                || tokens.skip("initially", "deferred")
                || tokens.skip("initially", "immediate")
                || tokens.skip("not", "enforced")
                || tokens.skip("enforced")
                || tokens.skip("no", "inherit");
    }

    /// Columns without constraints, as a composite type has them.
    static List<Column> attributes(Tokens tokens) {
        List<Column> attributes = new ArrayList<>();
        for (TableElement element : takeAll(tokens)) {
            if (!(element instanceof Column column)) {
                throw new Unreadable("an attribute");
            }
            attributes.add(column);
        }
        return attributes;
    }
}
