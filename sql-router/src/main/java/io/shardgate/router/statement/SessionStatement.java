package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Statements about the session's own state: settings, prepared statements, cursors, notifications.
public sealed interface SessionStatement extends Statement {
    /// SET of one setting. TIME ZONE, NAMES, SCHEMA and XML OPTION come out under the names of their settings.
    ///
    /// @param name lower case; a prefix is part of it, `app.user`
    /// @param local SET LOCAL
    /// @param values empty for TO DEFAULT; decoded, one for each element of a list
    /// @param raw the text of the values
    record Set(String name, boolean local, List<SettingValue> values, Span raw) implements SessionStatement {
        public Set {
            values = List.copyOf(values);
        }

        /// Whether it says TO DEFAULT, or TIME ZONE LOCAL.
        public boolean isDefault() {
            return values.isEmpty();
        }
    }

    /// One value of a setting.
    ///
    /// @param text decoded; a word is folded like an identifier, a number is as written with its sign
    record SettingValue(String text, Form form) {
        /// How it was written.
        public enum Form {
            WORD,
            STRING,
            NUMBER,
            /// INTERVAL '…' fields, for TIME ZONE only; text is as written.
            INTERVAL
        }
    }

    /// SET ROLE.
    ///
    /// @param role null for NONE
    record SetRole(@Nullable String role, boolean local) implements SessionStatement {}

    /// SET SESSION AUTHORIZATION.
    ///
    /// @param user null for DEFAULT
    record SetSessionAuthorization(@Nullable String user, boolean local) implements SessionStatement {}

    /// RESET. `RESET SESSION AUTHORIZATION` has the name `session_authorization`, `RESET TIME ZONE` has `timezone`.
    ///
    /// @param name null for ALL
    record Reset(@Nullable String name) implements SessionStatement {}

    /// SHOW, with the same names as [Reset] and `transaction_isolation`.
    ///
    /// @param name null for ALL
    record Show(@Nullable String name) implements SessionStatement {}

    /// SHOW SHARDGATE.
    ///
    /// @param topic null where none is named, or one that does not exist
    record ShowShardgate(@Nullable Topic topic) implements SessionStatement {
        /// What to show.
        public enum Topic {
            STATUS,
            SHARDS,
            TABLES,
            MAP,
            POOLS,
            CLIENTS,
            PROXIES,
            VERSION
        }
    }

    /// DISCARD.
    record Discard(What what) implements SessionStatement {
        /// What to discard.
        public enum What {
            ALL,
            PLANS,
            SEQUENCES,
            TEMP
        }
    }

    /// PREPARE.
    ///
    /// @param types as written
    record Prepare(String name, List<String> types, Lexed body) implements SessionStatement {
        public Prepare {
            types = List.copyOf(types);
        }
    }

    /// EXECUTE.
    ///
    /// @param arguments the places of the argument expressions
    record Execute(String name, List<Span> arguments) implements SessionStatement {
        public Execute {
            arguments = List.copyOf(arguments);
        }
    }

    /// DEALLOCATE.
    ///
    /// @param name null for ALL
    record Deallocate(@Nullable String name) implements SessionStatement {}

    /// DECLARE … CURSOR.
    ///
    /// @param scroll null where neither SCROLL nor NO SCROLL was given
    record DeclareCursor(String name, boolean binary, @Nullable Boolean scroll, boolean hold, Lexed body) implements SessionStatement {}

    /// FETCH or MOVE.
    ///
    /// @param howMany the text between the verb and the cursor's name
    record Fetch(String cursor, boolean move, Span howMany) implements SessionStatement {}

    /// CLOSE.
    ///
    /// @param name null for ALL
    record CloseCursor(@Nullable String name) implements SessionStatement {}

    /// LISTEN.
    record Listen(String channel) implements SessionStatement {}

    /// UNLISTEN.
    ///
    /// @param channel null for `*`
    record Unlisten(@Nullable String channel) implements SessionStatement {}

    /// NOTIFY.
    record Notify(String channel, @Nullable String payload) implements SessionStatement {}

    /// LOAD of a library.
    record Load(String library) implements SessionStatement {}
}
