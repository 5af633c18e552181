package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads a statement's tokens. Pure.
///
/// A record comes out only when every token was understood, or belongs to a place that the record names; otherwise the statement is
/// [Other] and PostgreSQL decides.
public final class StatementReader {
    private static final Malformed MALFORMED = new Malformed();
    private static final AdminStatement ADMIN_MALFORMED =
        new AdminStatement.Unknown("strings and comments that end, numbers and escapes as PostgreSQL writes them", 0);
    private static final int NAMING_WORDS = 3;

    private StatementReader() {}

    /// What the statement asks for. Never fails: what can't be read is [Other], or [Malformed]. What begins with SHARDGATE is an
    /// [AdminStatement] in any case.
    public static Statement read(Lexed lexed) {
        if (lexed.malformed()) {
            return isAdmin(lexed) ? ADMIN_MALFORMED : MALFORMED;
        }
        Query.Verb verb = verb(lexed);
        if (verb != null) {
            return new Query(verb);
        }
        try {
            Tokens tokens = new Tokens(lexed);
            Statement statement = utility(tokens);
            tokens.takeEnd();
            return statement;
        } catch (Unreadable _) {
            return new Other(firstWords(lexed));
        }
    }

    /// Whether a statement is the proxy's own by its first word: no server may see it.
    public static boolean isAdmin(Lexed lexed) {
        return lexed.is(0, "shardgate");
    }

    private static Query.@Nullable Verb verb(Lexed lexed) {
        if (lexed.is(0, TokenKind.OPEN)) {
            return Query.Verb.PARENTHESIS;
        }
        for (Query.Verb verb : Query.Verb.WORDS) {
            if (lexed.is(0, verb.word())) {
                return verb;
            }
        }
        return null;
    }

    private static Statement utility(Tokens tokens) {
        String word = tokens.at(TokenKind.WORD) ? tokens.takeIdentifier() : "";
        return switch (word) {
            case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release" -> TransactionReader.read(word, tokens);
            case "prepare" -> tokens.skip("transaction") ? TransactionReader.prepareTransaction(tokens) : SessionReader.prepare(tokens);
            case "set" -> SettingReader.set(tokens);
            case "reset" -> SettingReader.reset(tokens);
            case "show" -> SettingReader.show(tokens);
            case "discard", "execute", "deallocate", "declare", "fetch", "move", "close", "listen", "unlisten", "notify", "load" ->
                SessionReader.read(word, tokens);
            case "shardgate" -> AdminReader.read(tokens);
            case "copy" -> CopyReader.read(tokens);
            case "explain", "lock", "truncate", "call", "do" -> DataReader.read(word, tokens);
            case "vacuum", "analyze", "analyse", "reindex", "cluster", "refresh", "checkpoint" -> MaintenanceReader.read(word, tokens);
            case "create" -> CreateReader.read(tokens);
            case "alter" -> AlterReader.read(tokens);
            case "drop" -> DropReader.read(tokens);
            case "grant", "revoke" -> PrivilegeReader.read(word, tokens);
            case "comment", "security" -> PrivilegeReader.comment(word, tokens);
            case "reassign" -> PrivilegeReader.reassign(tokens);
            case "import" -> PrivilegeReader.importSchema(tokens);
            default -> throw new Unreadable("a statement");
        };
    }

    private static String firstWords(Lexed lexed) {
        List<String> words = new ArrayList<>();
        while (words.size() < NAMING_WORDS && lexed.is(words.size(), TokenKind.WORD)) {
            words.add(lexed.raw(words.size()).toUpperCase(Locale.ROOT));
        }
        return String.join(" ", words);
    }
}
