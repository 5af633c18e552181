package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DefinitionStatement.AlterDefaultSetting;
import io.shardgate.router.statement.DefinitionStatement.AlterObject;
import io.shardgate.router.statement.DefinitionStatement.RoleChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// CREATE and ALTER of roles, and the settings that roles and databases bring to a session.
/// Not thread-safe; owned by one call.
final class RoleReader {
    private final Tokens tokens;
    private final List<Option> options = new ArrayList<>();
    private @Nullable Span password;

    private RoleReader(Tokens tokens) {
        this.tokens = tokens;
    }

    /// Behind CREATE or ALTER ROLE, USER, GROUP.
    static Statement change(Tokens tokens, boolean create) {
        String name = tokens.takeIdentifier();
        tokens.skip("with");
        RoleReader reader = new RoleReader(tokens);
        while (!tokens.atEnd()) {
            reader.option(create);
        }
        return new RoleChange(name, create, reader.options, reader.password);
    }

    static Statement alter(Tokens tokens, String kind) {
        int from = tokens.position();
        if (tokens.skip("all")) {
            return settings(tokens, null);
        }
        Name name = tokens.takeName();
        if (tokens.atAny("set", "reset") || tokens.at("in")) {
            return settings(tokens, name.name());
        }
        int action = tokens.position();
        if (tokens.skip("rename", "to")) {
            String newName = tokens.takeIdentifier();
            return new AlterObject(kind, name, null, newName, tokens.spanFrom(action));
        }
        tokens.moveTo(from);
        return change(tokens, false);
    }

    private static Statement settings(Tokens tokens, @Nullable String role) {
        String database = tokens.skip("in", "database") ? tokens.takeIdentifier() : null;
        return setting(tokens, role, database);
    }

    /// SET or RESET behind the role or database.
    static Statement setting(Tokens tokens, @Nullable String role, @Nullable String database) {
        if (tokens.skip("reset")) {
            return new AlterDefaultSetting(role, database, SettingReader.settingOrAll(tokens), null);
        }
        tokens.take("set");
        boolean zone = tokens.skip("time", "zone");
        String name = zone ? "timezone" : SettingReader.settingName(tokens);
        if (!zone && tokens.skip("from", "current")) {
            return new AlterDefaultSetting(role, database, name, tokens.spanFrom(tokens.position() - 2));
        }
        if (!zone && !tokens.skip("to") && !tokens.skipOperator("=")) {
            throw new Unreadable("TO");
        }
        SettingReader.Assigned value = SettingReader.value(tokens);
        return new AlterDefaultSetting(role, database, name, value.values().isEmpty() ? null : value.raw());
    }

    private void option(boolean create) {
        int from = tokens.position();
        boolean encrypted = tokens.skip("encrypted") || tokens.skip("unencrypted");
        if (tokens.skip("password")) {
            password(from);
            return;
        }
        if (encrypted) {
            throw new Unreadable("PASSWORD");
        }
        if (tokens.skip("connection", "limit")) {
            add("connection limit", List.of(tokens.takeNumber()), from);
        } else if (tokens.skip("valid", "until")) {
            add("valid until", List.of(tokens.takeString()), from);
        } else if (tokens.skip("sysid")) {
            add("sysid", List.of(tokens.takeNumber()), from);
        } else {
            membership(create, from);
        }
    }

    /// IN ROLE, ROLE, ADMIN, USER, and ADD USER, DROP USER of ALTER GROUP; or a word like LOGIN.
    private void membership(boolean create, int from) {
        String lists = tokens.atAny("in", "add", "drop") ? tokens.takeIdentifier() + " " : "";
        String word = tokens.skipAny("role", "group", "admin", "user");
        if (word != null) {
            add(lists + word, tokens.takeIdentifiers(), from);
        } else if (lists.isEmpty() && tokens.at(TokenKind.WORD)) {
            add(tokens.takeIdentifier().toLowerCase(Locale.ROOT), List.of(), from);
        } else {
            throw new Unreadable(create ? "an option of CREATE ROLE" : "an option of ALTER ROLE");
        }
    }

    private void password(int from) {
        int literal = tokens.position();
        if (!tokens.skip("null")) {
            tokens.takeString();
            password = tokens.spanFrom(literal);
        }
        add("password", List.of(), from);
    }

    private void add(String name, List<String> values, int from) {
        options.add(new Option(name, values, tokens.spanFrom(from)));
    }
}
