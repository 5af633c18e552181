package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.AdminStatement.Place;
import io.shardgate.router.statement.SessionStatement.ShowShardgate.Topic;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads the admin statements. Pure.
///
///     SHARDGATE APPLY 'topology' [ IF VERSION number ]
///     SHARDGATE DIFF 'topology'
///     SHARDGATE STATUS | SHARDS | TABLES | MAP | POOLS | CLIENTS | PROXIES | VERSION
///     SHARDGATE SPLIT group AT place
///     SHARDGATE MERGE group AT place
///     SHARDGATE ASSIGN group key TO shard
///     SHARDGATE ROUTE statement
///     SHARDGATE VERIFY SCHEMA
///     SHARDGATE UNINSTALL [ CONFIRM 'sentence' ]
///
///     place:  POSITION number | KEY key
///     key:    a string or a number
///     group, shard:  an identifier or a string
///
/// Strings are PostgreSQL's: `'…'`, `E'…'`, `$$…$$`. What can't be read is [AdminStatement.Unknown]: no server knows better.
final class AdminReader {
    private AdminReader() {}

    /// Reads what stands behind `SHARDGATE`, to the end.
    static AdminStatement read(Tokens tokens) {
        try {
            AdminStatement statement = statement(tokens);
            tokens.takeEnd();
            return statement;
        } catch (Unreadable unreadable) {
            int at = tokens.position();
            tokens.takeRest();
            return new AdminStatement.Unknown(String.valueOf(unreadable.getMessage()), at);
        }
    }

    private static AdminStatement statement(Tokens tokens) {
        String verb = tokens.at(TokenKind.WORD) ? tokens.lexed().raw(tokens.position()).toLowerCase(Locale.ROOT) : "";
        Topic topic = topic(verb);
        if (topic != null) {
            tokens.takeToken();
            return new AdminStatement.Show(topic);
        }
        return switch (verb) {
            case "apply" -> apply(moved(tokens));
            case "diff" -> new AdminStatement.Diff(moved(tokens).takeString());
            case "split" -> new AdminStatement.Split(name(moved(tokens)), place(tokens));
            case "merge" -> new AdminStatement.Merge(name(moved(tokens)), place(tokens));
            case "assign" -> assign(moved(tokens));
            case "route" -> new AdminStatement.Route(moved(tokens).takeBody());
            case "verify" -> {
                moved(tokens).take("schema");
                yield new AdminStatement.VerifySchema();
            }
            case "uninstall" -> new AdminStatement.Uninstall(moved(tokens).skip("confirm") ? tokens.takeString() : null);
            default -> throw new Unreadable("APPLY, DIFF, STATUS, SHARDS, TABLES, MAP, POOLS, CLIENTS, PROXIES, VERSION, SPLIT, MERGE, ASSIGN, ROUTE, VERIFY or UNINSTALL");
        };
    }

    private static Tokens moved(Tokens tokens) {
        tokens.takeToken();
        return tokens;
    }

    private static @Nullable Topic topic(String verb) {
        for (Topic topic : Topic.values()) {
            if (topic.name().equalsIgnoreCase(verb)) {
                return topic;
            }
        }
        return null;
    }

    private static AdminStatement apply(Tokens tokens) {
        String topology = tokens.takeString();
        return new AdminStatement.Apply(topology, tokens.skip("if", "version") ? number(tokens) : null);
    }

    private static AdminStatement assign(Tokens tokens) {
        String group = name(tokens);
        String key = key(tokens);
        tokens.take("to");
        return new AdminStatement.Assign(group, key, name(tokens));
    }

    private static String name(Tokens tokens) {
        return tokens.takeIdentifierOrString();
    }

    private static Place place(Tokens tokens) {
        tokens.take("at");
        return tokens.takeAny("position", "key").equals("position") ? new Place.Position(number(tokens)) : new Place.Key(key(tokens));
    }

    private static String key(Tokens tokens) {
        return tokens.atNumber() ? tokens.takeNumber() : tokens.takeString();
    }

    private static long number(Tokens tokens) {
        int from = tokens.position();
        String text = tokens.takeNumber();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            tokens.moveTo(from);
            throw new Unreadable("a whole number of 64 bits");
        }
    }
}
