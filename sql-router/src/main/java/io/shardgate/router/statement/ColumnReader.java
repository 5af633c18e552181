package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.TableElement.Column;
import io.shardgate.router.statement.TableElement.Identity;
import io.shardgate.router.statement.TableElement.Reference;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One column of a table with its constraints.
/// Not thread-safe; owned by the reader of the table.
final class ColumnReader {
    /// What can follow a DEFAULT expression, which itself has none of these outside parentheses and CASE.
    private static final String[] CONSTRAINT_WORDS = {
        "constraint", "not", "null", "default", "primary", "unique", "check", "generated", "references", "collate", "deferrable", "initially",
        "enforced", "no", "storage", "compression"
    };

    private final Tokens tokens;
    private boolean notNull;
    private boolean primaryKey;
    private boolean unique;
    private @Nullable Span defaultExpression;
    private Identity identity = Identity.NONE;
    private @Nullable Span generated;
    private @Nullable Reference references;
    private @Nullable Name collation;

    ColumnReader(Tokens tokens) {
        this.tokens = tokens;
    }

    Column take() {
        int from = tokens.position();
        String name = tokens.takeIdentifier();
        Span nameSpan = tokens.spanFrom(from);
        boolean typed = !atElementEnd() && !tokens.atWords("with", "options") && !tokens.atAny(CONSTRAINT_WORDS);
        int typeFrom = tokens.position();
        Span typeSpan = typed ? TypeReader.take(tokens) : tokens.spanFrom(typeFrom);
        String type = typed ? typeSpan.in(tokens.lexed()) : "";
        tokens.skip("with", "options");
        while (!atElementEnd()) {
            constraint();
        }
        boolean serial = isSerial(type);
        return new Column(
                name, nameSpan, type, typeSpan, notNull || primaryKey || serial, primaryKey, unique, defaultExpression, identity, generated,
                references, collation, tokens.spanFrom(from));
    }

    /// serial and its kin are NOT NULL without saying so.
    private static boolean isSerial(String type) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "serial", "bigserial", "smallserial", "serial2", "serial4", "serial8" -> true;
            default -> false;
        };
    }

    private boolean atElementEnd() {
        return tokens.atEnd() || tokens.at(TokenKind.COMMA) || tokens.at(TokenKind.CLOSE);
    }

    private void constraint() {
        if (tokens.skip("constraint")) {
            tokens.takeIdentifier();
        }
        if (tokens.skip("not", "null")) {
            notNull = true;
            return;
        }
        if (TableElementReader.skipAttribute(tokens) || tokens.skip("null")) {
            return;
        }
        if (tokens.at("references")) {
            references = TableElementReader.references(tokens);
            return;
        }
        switch (tokens.takeAny("default", "primary", "unique", "check", "generated", "collate", "storage", "compression", "options")) {
            case "default" -> defaultExpression = expression();
            case "primary" -> {
                tokens.take("key");
                primaryKey = true;
                TableElementReader.indexParameters(tokens);
            }
            case "unique" -> {
                unique = true;
                if (!tokens.skip("nulls", "not", "distinct")) {
                    tokens.skip("nulls", "distinct");
                }
                TableElementReader.indexParameters(tokens);
            }
            case "check", "options" -> tokens.takeParenthesised();
            case "generated" -> generated();
            case "collate" -> collation = tokens.takeName();
            default -> tokens.takeIdentifier();
        }
    }

    private void generated() {
        Identity kind = tokens.skip("by", "default") ? Identity.BY_DEFAULT : Identity.ALWAYS;
        if (kind == Identity.ALWAYS) {
            tokens.take("always");
        }
        tokens.take("as");
        if (tokens.skip("identity")) {
            identity = kind;
            notNull = true;
            if (tokens.at(TokenKind.OPEN)) {
                tokens.takeParenthesised();
            }
            return;
        }
        generated = tokens.takeParenthesised();
        tokens.skipAny("stored", "virtual");
    }

    /// At least one token. NOT and NULL belong to it behind IS, everything does inside CASE.
    private Span expression() {
        int from = tokens.position();
        if (atElementEnd()) {
            throw new Unreadable("an expression");
        }
        int cases = 0;
        boolean afterIs = false;
        boolean first = true;
        while (!atElementEnd() && (first || cases > 0 || afterIs || !tokens.atAny(CONSTRAINT_WORDS))) {
            afterIs = tokens.at("is") || (afterIs && tokens.at("not"));
            cases += tokens.at("case") ? 1 : tokens.at("end") ? -1 : 0;
            first = false;
            tokens.skipOne();
        }
        return tokens.spanFrom(from);
    }
}
