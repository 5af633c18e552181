package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.AlterAllInTablespace;
import io.shardgate.router.statement.DefinitionStatement.AlterDatabase;
import io.shardgate.router.statement.DefinitionStatement.AlterDefaultPrivileges;
import io.shardgate.router.statement.DefinitionStatement.AlterObject;
import io.shardgate.router.statement.DefinitionStatement.AlterTable;
import io.shardgate.router.statement.DefinitionStatement.CreatePolicy;
import io.shardgate.router.statement.MaintenanceStatement.AlterSystem;
import java.util.ArrayList;
import java.util.List;

/// ALTER. Pure.
final class AlterReader {
    private AlterReader() {}

    static Statement read(Tokens tokens) {
        if (tokens.skip("system")) {
            return system(tokens);
        }
        if (tokens.skip("default", "privileges")) {
            return defaultPrivileges(tokens);
        }
        String kind = ObjectKind.take(tokens);
        return switch (kind) {
            case "TABLE", "FOREIGN TABLE", "INDEX", "VIEW", "MATERIALIZED VIEW", "SEQUENCE" -> relation(kind, tokens);
            case "TYPE" -> TypeDefinitionReader.alter(tokens, false);
            case "DOMAIN" -> TypeDefinitionReader.alter(tokens, true);
            case "ROLE", "USER", "GROUP" -> RoleReader.alter(tokens, kind);
            case "DATABASE" -> database(tokens);
            case "POLICY" -> policy(tokens);
            default -> other(kind, tokens);
        };
    }

    private static Statement system(Tokens tokens) {
        if (tokens.skip("reset")) {
            return new AlterSystem(SettingReader.settingOrAll(tokens));
        }
        tokens.take("set");
        String name = SettingReader.settingName(tokens);
        tokens.takeRest();
        return new AlterSystem(name);
    }

    private static Statement defaultPrivileges(Tokens tokens) {
        List<String> schemas = new ArrayList<>();
        while (!tokens.atEnd() && !tokens.atAny("grant", "revoke")) {
            if (tokens.skip("in", "schema")) {
                schemas.addAll(tokens.takeIdentifiers());
            } else {
                tokens.take("for");
                tokens.takeAny("role", "user");
                tokens.takeIdentifiers();
            }
        }
        tokens.takeAny("grant", "revoke");
        tokens.takeRest();
        return new AlterDefaultPrivileges(schemas);
    }

    private static Statement relation(String kind, Tokens tokens) {
        if (tokens.skip("all", "in", "tablespace")) {
            String tablespace = tokens.takeIdentifier();
            tokens.takeRest();
            return new AlterAllInTablespace(kind, tablespace);
        }
        boolean ifExists = tokens.skip("if", "exists");
        boolean only = tokens.skip("only");
        boolean parenthesis = only && tokens.skip(TokenKind.OPEN);
        Name name = tokens.takeName();
        if (parenthesis) {
            tokens.take(TokenKind.CLOSE);
        }
        tokens.skipOperator("*");
        if (kind.equals("SEQUENCE") && !tokens.atAny("rename", "set", "owner")) {
            return SequenceReader.alter(tokens, name, ifExists);
        }
        List<AlterAction> actions = new ArrayList<>();
        do {
            actions.add(AlterActionReader.take(tokens));
        } while (tokens.skip(TokenKind.COMMA));
        return new AlterTable(kind, name, ifExists, only, actions);
    }

    private static Statement database(Tokens tokens) {
        String name = tokens.takeIdentifier();
        if (tokens.at("reset") || (tokens.at("set") && !tokens.isAt(1, "tablespace"))) {
            return RoleReader.setting(tokens, null, name);
        }
        return new AlterDatabase(name, tokens.takeRest());
    }

    private static Statement policy(Tokens tokens) {
        tokens.skip("if", "exists");
        String name = tokens.takeIdentifier();
        tokens.take("on");
        return new CreatePolicy(name, tokens.takeName(), true, tokens.takeRest());
    }

    private static Statement other(String kind, Tokens tokens) {
        tokens.skip("if", "exists");
        Name name = null;
        Name table = null;
        if (!ObjectKind.isIrregular(kind) && tokens.atName()) {
            name = tokens.takeName();
            if (tokens.at(TokenKind.OPEN)) {
                tokens.takeParenthesised();
            }
            if (kind.startsWith("OPERATOR ") && tokens.skip("using")) {
                tokens.takeIdentifier();
            }
            table = ObjectKind.standsOnTable(kind) && tokens.skip("on") ? tokens.takeName() : null;
        }
        int from = tokens.position();
        String newName = name != null && tokens.skip("rename", "to") ? tokens.takeIdentifier() : null;
        tokens.takeRest();
        return new AlterObject(kind, name, table, newName, tokens.spanFrom(from));
    }
}
