package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A place among the tokens of a statement that moves forward as they are read.
/// Not thread-safe; owned by one call of [StatementReader].
///
/// `skip…` moves if it can and says whether it did, `take…` moves or throws [Unreadable], `at…` only looks.
final class Tokens {
    private final Lexed lexed;
    private int at;
    private int limit;

    Tokens(Lexed lexed) {
        this.lexed = lexed;
        this.limit = lexed.size();
    }

    Lexed lexed() {
        return lexed;
    }

    int position() {
        return at;
    }

    void moveTo(int token) {
        at = token;
    }

    boolean atEnd() {
        return at >= limit;
    }

    int remaining() {
        return limit - at;
    }

    /// Takes tokens away from the end: what stands behind a body that reaches to the end.
    void dropLast(int count) {
        limit -= count;
    }

    boolean at(String word) {
        return isAt(0, word);
    }

    boolean at(TokenKind kind) {
        return isAt(0, kind);
    }

    boolean isAt(int ahead, String word) {
        return at + ahead < limit && lexed.is(at + ahead, word);
    }

    boolean isAt(int ahead, TokenKind kind) {
        return at + ahead < limit && lexed.is(at + ahead, kind);
    }

    boolean atOperator(String operator) {
        return !atEnd() && lexed.isOperator(at, operator);
    }

    boolean atAny(String... words) {
        for (String word : words) {
            if (at(word)) {
                return true;
            }
        }
        return false;
    }

    boolean atWords(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!isAt(i, words[i])) {
                return false;
            }
        }
        return true;
    }

    boolean atName() {
        return !atEnd() && lexed.kind(at).isName();
    }

    boolean atString() {
        return !atEnd() && lexed.kind(at).isString();
    }

    boolean skip(String... words) {
        boolean there = atWords(words);
        if (there) {
            at += words.length;
        }
        return there;
    }

    boolean skip(TokenKind kind) {
        boolean there = at(kind);
        if (there) {
            at++;
        }
        return there;
    }

    boolean skipOperator(String operator) {
        boolean there = atOperator(operator);
        if (there) {
            at++;
        }
        return there;
    }

    /// The first of these words that stands here, taken; null for none.
    @Nullable String skipAny(String... words) {
        for (String word : words) {
            if (skip(word)) {
                return word;
            }
        }
        return null;
    }

    void take(String... words) {
        if (!skip(words)) {
            throw new Unreadable(String.join(" ", words));
        }
    }

    void take(TokenKind kind) {
        if (!skip(kind)) {
            throw new Unreadable(kind.name());
        }
    }

    String takeAny(String... words) {
        String word = skipAny(words);
        if (word == null) {
            throw new Unreadable(String.join(" or ", words));
        }
        return word;
    }

    void takeEnd() {
        if (!atEnd()) {
            throw new Unreadable("the end");
        }
    }

    /// Any token.
    int takeToken() {
        if (atEnd()) {
            throw new Unreadable("more");
        }
        return at++;
    }

    String takeIdentifier() {
        if (!atName()) {
            throw new Unreadable("an identifier");
        }
        String identifier = lexed.identifier(at++);
        skipEscape();
        return identifier;
    }

    String takeString() {
        if (!atString()) {
            throw new Unreadable("a string");
        }
        String value = lexed.stringValue(at++);
        skipEscape();
        return value;
    }

    private void skipEscape() {
        if (at("uescape") && isAt(1, TokenKind.STRING)) {
            at += 2;
        }
    }

    String takeIdentifierOrString() {
        return atString() ? takeString() : takeIdentifier();
    }

    /// `name`, `schema.name`, `database.schema.name`
    Name takeName() {
        int from = at;
        String schema = null;
        String name = takeIdentifier();
        while (at(TokenKind.DOT)) {
            at++;
            schema = name;
            name = takeIdentifier();
        }
        return new Name(schema, name, spanFrom(from));
    }

    List<Name> takeNames() {
        List<Name> names = new ArrayList<>();
        do {
            names.add(takeName());
        } while (skip(TokenKind.COMMA));
        return names;
    }

    List<String> takeIdentifiers() {
        List<String> names = new ArrayList<>();
        do {
            names.add(takeIdentifier());
        } while (skip(TokenKind.COMMA));
        return names;
    }

    /// `(a, b)`
    List<String> takeColumns() {
        take(TokenKind.OPEN);
        List<String> columns = takeIdentifiers();
        take(TokenKind.CLOSE);
        return columns;
    }

    List<String> skipColumns() {
        return at(TokenKind.OPEN) ? takeColumns() : List.of();
    }

    /// Digits with a sign, as written.
    String takeNumber() {
        String sign = skipOperator("-") ? "-" : skipOperator("+") ? "+" : "";
        if (atEnd() || !lexed.kind(at).isNumber()) {
            throw new Unreadable("a number");
        }
        return sign + lexed.raw(at++);
    }

    boolean atNumber() {
        if (atEnd()) {
            return false;
        }
        boolean signed = (atOperator("-") || atOperator("+")) && at + 1 < limit;
        return lexed.kind(signed ? at + 1 : at).isNumber();
    }

    /// From an opening parenthesis or bracket to behind the one that closes it.
    Span takeParenthesised() {
        if (!at(TokenKind.OPEN) && !at(TokenKind.OPEN_BRACKET)) {
            throw new Unreadable("(");
        }
        int from = at;
        int depth = 0;
        do {
            depth += nesting(takeToken());
        } while (depth > 0);
        return spanFrom(from);
    }

    private int nesting(int token) {
        return switch (lexed.kind(token)) {
            case OPEN, OPEN_BRACKET -> 1;
            case CLOSE, CLOSE_BRACKET -> -1;
            default -> 0;
        };
    }

    /// Moves to the first of these words outside parentheses, or to the end.
    void moveToAny(String... words) {
        while (!atEnd() && !atAny(words)) {
            skipOne();
        }
    }

    /// One token, or all of a parenthesis.
    void skipOne() {
        if (at(TokenKind.OPEN) || at(TokenKind.OPEN_BRACKET)) {
            takeParenthesised();
        } else {
            takeToken();
        }
    }

    /// An expression: at least one token, down to a comma or closing parenthesis outside parentheses, or the end.
    Span takeExpression() {
        int from = at;
        while (!atEnd() && !at(TokenKind.COMMA) && !at(TokenKind.CLOSE)) {
            skipOne();
        }
        if (at == from) {
            throw new Unreadable("an expression");
        }
        return spanFrom(from);
    }

    /// `(expression, …)`, possibly empty.
    List<Span> takeArguments() {
        take(TokenKind.OPEN);
        List<Span> arguments = new ArrayList<>();
        if (skip(TokenKind.CLOSE)) {
            return arguments;
        }
        do {
            arguments.add(takeExpression());
        } while (skip(TokenKind.COMMA));
        take(TokenKind.CLOSE);
        return arguments;
    }

    /// Everything that is left, at least one token, as a statement of its own.
    Lexed takeBody() {
        if (atEnd()) {
            throw new Unreadable("a statement");
        }
        Lexed body = lexed.part(at, limit);
        at = limit;
        return body;
    }

    /// Everything that is left; empty at the end.
    Span takeRest() {
        int from = at;
        at = limit;
        return spanFrom(from);
    }

    /// From a token to the last one read; empty if that is none.
    Span spanFrom(int token) {
        if (token >= at) {
            int place = token < lexed.size() ? lexed.tokenStart(token) : lexed.tokenEnd(token - 1);
            return new Span(place, place);
        }
        return new Span(lexed.tokenStart(token), lexed.tokenEnd(at - 1));
    }

    /// The words from a token to the last one read, in upper case with one space between.
    String wordsFrom(int token) {
        List<String> words = new ArrayList<>();
        for (int i = token; i < at; i++) {
            words.add(lexed.raw(i).toUpperCase(Locale.ROOT));
        }
        return String.join(" ", words);
    }
}
