package io.shardgate.router.statement;

import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.SessionStatement.CloseCursor;
import io.shardgate.router.statement.SessionStatement.Deallocate;
import io.shardgate.router.statement.SessionStatement.DeclareCursor;
import io.shardgate.router.statement.SessionStatement.Discard;
import io.shardgate.router.statement.SessionStatement.Execute;
import io.shardgate.router.statement.SessionStatement.Fetch;
import io.shardgate.router.statement.SessionStatement.Listen;
import io.shardgate.router.statement.SessionStatement.Load;
import io.shardgate.router.statement.SessionStatement.Notify;
import io.shardgate.router.statement.SessionStatement.Prepare;
import io.shardgate.router.statement.SessionStatement.Unlisten;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Prepared statements, cursors, notifications, DISCARD, LOAD. Pure.
final class SessionReader {
    private SessionReader() {}

    static Statement read(String word, Tokens tokens) {
        return switch (word) {
            case "discard" -> discard(tokens);
            case "execute" -> execute(tokens);
            case "deallocate" -> deallocate(tokens);
            case "declare" -> declare(tokens);
            case "fetch" -> fetch(tokens, false);
            case "move" -> fetch(tokens, true);
            case "close" -> new CloseCursor(nameOrAll(tokens));
            case "listen" -> new Listen(tokens.takeIdentifier());
            case "unlisten" -> new Unlisten(tokens.skipOperator("*") ? null : tokens.takeIdentifier());
            case "notify" -> new Notify(tokens.takeIdentifier(), tokens.skip(TokenKind.COMMA) ? tokens.takeString() : null);
            case "load" -> new Load(tokens.takeString());
            default -> throw new Unreadable("a session statement");
        };
    }

    private static @Nullable String nameOrAll(Tokens tokens) {
        return tokens.skip("all") ? null : tokens.takeIdentifier();
    }

    private static Statement discard(Tokens tokens) {
        String what = tokens.takeAny("all", "plans", "sequences", "temporary", "temp");
        return new Discard(Discard.What.valueOf(what.equals("temporary") ? "TEMP" : what.toUpperCase(Locale.ROOT)));
    }

    static Statement prepare(Tokens tokens) {
        String name = tokens.takeIdentifier();
        List<String> types = new ArrayList<>();
        if (tokens.skip(TokenKind.OPEN)) {
            do {
                types.add(TypeReader.take(tokens).in(tokens.lexed()));
            } while (tokens.skip(TokenKind.COMMA));
            tokens.take(TokenKind.CLOSE);
        }
        tokens.take("as");
        return new Prepare(name, types, tokens.takeBody());
    }

    private static Statement execute(Tokens tokens) {
        String name = tokens.takeIdentifier();
        return new Execute(name, tokens.at(TokenKind.OPEN) ? tokens.takeArguments() : List.of());
    }

    /// PREPARE is a name too.
    private static Statement deallocate(Tokens tokens) {
        if (tokens.remaining() > 1) {
            tokens.take("prepare");
        }
        return new Deallocate(nameOrAll(tokens));
    }

    private static Statement declare(Tokens tokens) {
        String name = tokens.takeIdentifier();
        boolean binary = false;
        Boolean scroll = null;
        while (!tokens.skip("cursor")) {
            if (tokens.skip("no", "scroll")) {
                scroll = false;
            } else {
                String option = tokens.takeAny("binary", "scroll", "insensitive", "asensitive");
                binary |= option.equals("binary");
                scroll = option.equals("scroll") ? Boolean.TRUE : scroll;
            }
        }
        boolean hold = tokens.skip("with", "hold");
        if (!hold) {
            tokens.skip("without", "hold");
        }
        tokens.take("for");
        return new DeclareCursor(name, binary, scroll, hold, tokens.takeBody());
    }

    /// `FETCH [direction] [FROM | IN] cursor`: the cursor comes last.
    private static Statement fetch(Tokens tokens, boolean move) {
        int from = tokens.position();
        while (tokens.remaining() > 1 && !tokens.atAny("from", "in")) {
            direction(tokens);
        }
        Span howMany = tokens.spanFrom(from);
        if (tokens.remaining() > 1) {
            tokens.takeAny("from", "in");
        }
        return new Fetch(tokens.takeIdentifier(), move, howMany);
    }

    private static void direction(Tokens tokens) {
        if (tokens.atNumber()) {
            tokens.takeNumber();
        } else {
            tokens.takeAny("next", "prior", "first", "last", "absolute", "relative", "forward", "backward", "all");
        }
    }
}
