package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.SessionStatement.Reset;
import io.shardgate.router.statement.SessionStatement.SetRole;
import io.shardgate.router.statement.SessionStatement.SetSessionAuthorization;
import io.shardgate.router.statement.SessionStatement.SettingValue;
import io.shardgate.router.statement.SessionStatement.SettingValue.Form;
import io.shardgate.router.statement.SessionStatement.Show;
import io.shardgate.router.statement.SessionStatement.ShowShardgate;
import io.shardgate.router.statement.TransactionStatement.SetConstraints;
import io.shardgate.router.statement.TransactionStatement.SetSessionCharacteristics;
import io.shardgate.router.statement.TransactionStatement.SetTransaction;
import io.shardgate.router.statement.TransactionStatement.SetTransactionSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// SET, RESET, SHOW in all their spellings. Pure.
final class SettingReader {
    private SettingReader() {}

    static Statement set(Tokens tokens) {
        if (tokens.skip("session", "characteristics", "as", "transaction")) {
            return new SetSessionCharacteristics(someModes(tokens));
        }
        if (tokens.at("constraints") && !assigns(tokens, 1)) {
            tokens.take("constraints");
            return constraints(tokens);
        }
        boolean local = !assigns(tokens, 1) && tokens.skip("local");
        if (!local && tokens.at("session") && !tokens.isAt(1, "authorization") && !assigns(tokens, 1)) {
            tokens.take("session");
        }
        if (tokens.at("transaction") && !assigns(tokens, 1)) {
            tokens.take("transaction");
            return tokens.skip("snapshot") ? new SetTransactionSnapshot(tokens.takeString()) : new SetTransaction(someModes(tokens));
        }
        return one(tokens, local);
    }

    private static boolean assigns(Tokens tokens, int ahead) {
        return tokens.isAt(ahead, "to") || tokens.isAt(ahead, TokenKind.OPERATOR) || tokens.isAt(ahead, TokenKind.DOT);
    }

    private static TransactionModes someModes(Tokens tokens) {
        if (tokens.atEnd()) {
            throw new Unreadable("a transaction mode");
        }
        return TransactionReader.modes(tokens);
    }

    private static Statement constraints(Tokens tokens) {
        List<Name> names = tokens.skip("all") ? List.of() : tokens.takeNames();
        return new SetConstraints(names, tokens.takeAny("deferred", "immediate").equals("deferred"));
    }

    private static Statement one(Tokens tokens, boolean local) {
        if (!assigns(tokens, 1)) {
            Statement special = special(tokens, local);
            if (special != null) {
                return special;
            }
        }
        String name = settingName(tokens);
        if (!tokens.skip("to") && !tokens.skipOperator("=")) {
            throw new Unreadable("TO");
        }
        Assigned value = value(tokens);
        if (!value.values.isEmpty()) {
            if (name.equals("role")) {
                return role(value.values.getFirst().text(), local);
            }
            if (name.equals("session_authorization")) {
                return new SetSessionAuthorization(value.values.getFirst().text(), local);
            }
        }
        return new SessionStatement.Set(name, local, value.values, value.raw);
    }

    /// The forms without TO.
    private static @Nullable Statement special(Tokens tokens, boolean local) {
        if (tokens.skip("time", "zone")) {
            Assigned zone = zone(tokens);
            return new SessionStatement.Set("timezone", local, zone.values, zone.raw);
        }
        if (tokens.skip("session", "authorization")) {
            return new SetSessionAuthorization(tokens.skip("default") ? null : tokens.takeIdentifierOrString(), local);
        }
        if (tokens.skip("role")) {
            return role(tokens.takeIdentifierOrString(), local);
        }
        int from = tokens.position() + 1;
        if (tokens.skip("schema")) {
            return word("search_path", local, Form.STRING, tokens.takeString(), tokens.spanFrom(from));
        }
        if (tokens.skip("names")) {
            if (tokens.atEnd() || tokens.skip("default")) {
                return new SessionStatement.Set("client_encoding", local, List.of(), tokens.spanFrom(from));
            }
            return word("client_encoding", local, Form.STRING, tokens.takeString(), tokens.spanFrom(from));
        }
        if (tokens.skip("xml", "option")) {
            return word("xmloption", local, Form.WORD, tokens.takeAny("document", "content"), tokens.spanFrom(from + 1));
        }
        return null;
    }

    private static Statement word(String name, boolean local, Form form, String value, Span raw) {
        return new SessionStatement.Set(name, local, List.of(new SettingValue(value, form)), raw);
    }

    private static Statement role(String role, boolean local) {
        return new SetRole(role.equals("none") ? null : role, local);
    }

    private static Assigned zone(Tokens tokens) {
        int from = tokens.position();
        if (tokens.skip("local")) {
            return new Assigned(List.of(), tokens.spanFrom(from));
        }
        if (tokens.skip("interval")) {
            if (tokens.at(TokenKind.OPEN)) {
                tokens.takeParenthesised();
            }
            tokens.takeString();
            Span raw = tokens.takeRest();
            raw = new Span(tokens.lexed().tokenStart(from), raw.end());
            return new Assigned(List.of(new SettingValue(raw.in(tokens.lexed()), Form.INTERVAL)), raw);
        }
        return value(tokens);
    }

    /// @param values empty for DEFAULT
    record Assigned(List<SettingValue> values, Span raw) {}

    /// DEFAULT, or values with commas between.
    static Assigned value(Tokens tokens) {
        int from = tokens.position();
        if (tokens.skip("default")) {
            return new Assigned(List.of(), tokens.spanFrom(from));
        }
        List<SettingValue> values = new ArrayList<>();
        do {
            values.add(
                    tokens.atNumber()
                            ? new SettingValue(tokens.takeNumber(), Form.NUMBER)
                            : tokens.atString()
                                    ? new SettingValue(tokens.takeString(), Form.STRING)
                                    : new SettingValue(tokens.takeIdentifier(), Form.WORD));
        } while (tokens.skip(TokenKind.COMMA));
        return new Assigned(values, tokens.spanFrom(from));
    }

    /// Names of settings ignore case, quoted or not.
    static String settingName(Tokens tokens) {
        StringBuilder name = new StringBuilder(tokens.takeIdentifier());
        while (tokens.skip(TokenKind.DOT)) {
            name.append('.').append(tokens.takeIdentifier());
        }
        return name.toString().toLowerCase(Locale.ROOT);
    }

    static Statement reset(Tokens tokens) {
        return new Reset(settingOrAll(tokens));
    }

    static Statement show(Tokens tokens) {
        boolean shardgate = tokens.at("shardgate") && (tokens.remaining() == 1 || (tokens.remaining() == 2 && tokens.isAt(1, TokenKind.WORD)));
        if (shardgate) {
            tokens.take("shardgate");
            return new ShowShardgate(tokens.remaining() == 0 ? null : topic(tokens.takeIdentifier()));
        }
        return new Show(settingOrAll(tokens));
    }

    private static ShowShardgate.@Nullable Topic topic(String word) {
        for (ShowShardgate.Topic topic : ShowShardgate.Topic.values()) {
            if (topic.name().equalsIgnoreCase(word)) {
                return topic;
            }
        }
        return null;
    }

    /// Null for ALL.
    static @Nullable String settingOrAll(Tokens tokens) {
        if (tokens.skip("all")) {
            return null;
        }
        if (tokens.skip("time", "zone")) {
            return "timezone";
        }
        if (tokens.skip("transaction", "isolation", "level")) {
            return "transaction_isolation";
        }
        return tokens.skip("session", "authorization") ? "session_authorization" : settingName(tokens);
    }
}
