package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.AlterAction.AddColumn;
import io.shardgate.router.statement.AlterAction.AddConstraint;
import io.shardgate.router.statement.AlterAction.AddIdentity;
import io.shardgate.router.statement.AlterAction.AttachPartition;
import io.shardgate.router.statement.AlterAction.ColumnType;
import io.shardgate.router.statement.AlterAction.DetachPartition;
import io.shardgate.router.statement.AlterAction.DropColumn;
import io.shardgate.router.statement.AlterAction.DropConstraint;
import io.shardgate.router.statement.AlterAction.DropDefault;
import io.shardgate.router.statement.AlterAction.DropIdentity;
import io.shardgate.router.statement.AlterAction.Firing;
import io.shardgate.router.statement.AlterAction.Inherit;
import io.shardgate.router.statement.AlterAction.NotNull;
import io.shardgate.router.statement.AlterAction.OtherAction;
import io.shardgate.router.statement.AlterAction.OwnerTo;
import io.shardgate.router.statement.AlterAction.RenameColumn;
import io.shardgate.router.statement.AlterAction.RenameConstraint;
import io.shardgate.router.statement.AlterAction.RenameTo;
import io.shardgate.router.statement.AlterAction.RowSecurity;
import io.shardgate.router.statement.AlterAction.SetDefault;
import io.shardgate.router.statement.AlterAction.SetLogged;
import io.shardgate.router.statement.AlterAction.SetSchema;
import io.shardgate.router.statement.AlterAction.ValidateConstraint;
import io.shardgate.router.statement.TableElement.Identity;
import org.jspecify.annotations.Nullable;

/// One action of ALTER TABLE and its kin. Pure.
final class AlterActionReader {
    private AlterActionReader() {}

    static AlterAction take(Tokens tokens) {
        int from = tokens.position();
        AlterAction action = known(tokens);
        boolean complete = action != null && (tokens.atEnd() || tokens.at(TokenKind.COMMA));
        if (complete && action != null) {
            return action;
        }
        tokens.moveTo(from);
        return other(tokens);
    }

    private static @Nullable AlterAction known(Tokens tokens) {
        String word = tokens.skipAny(
                "add", "drop", "alter", "rename", "validate", "set", "owner", "attach", "detach", "inherit", "no", "enable", "disable", "force");
        if (word == null) {
            return null;
        }
        return switch (word) {
            case "add" -> add(tokens);
            case "drop" -> drop(tokens);
            case "alter" -> column(tokens);
            case "rename" -> rename(tokens);
            case "validate" -> {
                tokens.take("constraint");
                yield new ValidateConstraint(tokens.takeIdentifier());
            }
            case "set" -> set(tokens);
            case "owner" -> {
                tokens.take("to");
                yield new OwnerTo(tokens.takeIdentifier());
            }
            case "attach" -> attach(tokens);
            case "detach" -> detach(tokens);
            case "inherit" -> new Inherit(tokens.takeName(), true);
            case "no" -> tokens.skip("inherit") ? new Inherit(tokens.takeName(), false) : rowSecurity(tokens, "NO FORCE", "force");
            case "enable" -> rowSecurity(tokens, "ENABLE");
            case "disable" -> rowSecurity(tokens, "DISABLE");
            default -> rowSecurity(tokens, "FORCE");
        };
    }

    private static AlterAction add(Tokens tokens) {
        if (TableElementReader.atConstraint(tokens)) {
            TableElement.Constraint constraint = TableElementReader.constraint(tokens);
            boolean notValid = tokens.skip("not", "valid");
            while (TableElementReader.skipAttribute(tokens)) {
                // Attributes stand in any order.
            }
            return new AddConstraint(constraint, notValid);
        }
        tokens.skip("column");
        boolean ifNotExists = tokens.skip("if", "not", "exists");
        return new AddColumn(new ColumnReader(tokens).take(), ifNotExists);
    }

    private static AlterAction drop(Tokens tokens) {
        boolean constraint = tokens.skip("constraint");
        if (!constraint) {
            tokens.skip("column");
        }
        boolean ifExists = tokens.skip("if", "exists");
        String name = tokens.takeIdentifier();
        boolean cascade = DataReader.skipCascade(tokens);
        return constraint ? new DropConstraint(name, ifExists, cascade) : new DropColumn(name, ifExists, cascade);
    }

    private static @Nullable AlterAction column(Tokens tokens) {
        if (tokens.at("constraint") || tokens.at("index")) {
            return null;
        }
        tokens.skip("column");
        if (!tokens.atName()) {
            return null;
        }
        String column = tokens.takeIdentifier();
        if (tokens.skip("set", "data", "type") || tokens.skip("type")) {
            return columnType(tokens, column);
        }
        if (tokens.skip("set", "default")) {
            return new SetDefault(column, tokens.takeExpression());
        }
        if (tokens.skip("drop", "default")) {
            return new DropDefault(column);
        }
        if (tokens.skip("set", "not", "null")) {
            return new NotNull(column, true);
        }
        if (tokens.skip("drop", "not", "null")) {
            return new NotNull(column, false);
        }
        if (tokens.skip("drop", "identity")) {
            tokens.skip("if", "exists");
            return new DropIdentity(column);
        }
        return tokens.skip("add", "generated") ? addIdentity(tokens, column) : null;
    }

    private static AlterAction columnType(Tokens tokens, String column) {
        String type = TypeReader.take(tokens).in(tokens.lexed());
        Name collation = tokens.skip("collate") ? tokens.takeName() : null;
        return new ColumnType(column, type, collation, tokens.skip("using") ? tokens.takeExpression() : null);
    }

    private static AlterAction addIdentity(Tokens tokens, String column) {
        Identity identity = tokens.skip("by", "default") ? Identity.BY_DEFAULT : Identity.ALWAYS;
        if (identity == Identity.ALWAYS) {
            tokens.take("always");
        }
        tokens.take("as", "identity");
        if (tokens.at(TokenKind.OPEN)) {
            tokens.takeParenthesised();
        }
        return new AddIdentity(column, identity);
    }

    private static AlterAction rename(Tokens tokens) {
        if (tokens.skip("to")) {
            int from = tokens.position();
            String name = tokens.takeIdentifier();
            return new RenameTo(name, tokens.spanFrom(from));
        }
        boolean constraint = tokens.skip("constraint");
        if (!constraint && !tokens.isAt(1, "to")) {
            tokens.skip("column");
        }
        String from = tokens.takeIdentifier();
        tokens.take("to");
        String to = tokens.takeIdentifier();
        return constraint ? new RenameConstraint(from, to) : new RenameColumn(from, to);
    }

    private static @Nullable AlterAction set(Tokens tokens) {
        if (tokens.skip("schema")) {
            return new SetSchema(tokens.takeIdentifier());
        }
        if (tokens.skip("logged")) {
            return new SetLogged(true);
        }
        return tokens.skip("unlogged") ? new SetLogged(false) : null;
    }

    private static AlterAction attach(Tokens tokens) {
        tokens.take("partition");
        Name partition = tokens.takeName();
        tokens.takeRest();
        return new AttachPartition(partition);
    }

    private static AlterAction detach(Tokens tokens) {
        tokens.take("partition");
        Name partition = tokens.takeName();
        boolean concurrently = tokens.skip("concurrently");
        if (!concurrently) {
            tokens.skip("finalize");
        }
        return new DetachPartition(partition, concurrently);
    }

    private static AlterAction rowSecurity(Tokens tokens, String change, String... before) {
        int from = tokens.position() - 1;
        tokens.take(before);
        if (tokens.skip("row", "level", "security")) {
            return new RowSecurity(change);
        }
        tokens.skipAny("always", "replica");
        tokens.takeAny("trigger", "rule");
        tokens.takeIdentifier();
        return new Firing(tokens.spanFrom(from));
    }

    private static AlterAction other(Tokens tokens) {
        if (!tokens.at(TokenKind.WORD)) {
            throw new Unreadable("an action");
        }
        return new OtherAction(tokens.takeExpression());
    }
}
