package io.shardgate.router.rewrite;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.ArrayList;
import java.util.List;

/// Where the parts of an INSERT's text are, in tokens; ends are excluded.
///
/// @param target the table with its alias
/// @param columns inside of the column list's parentheses; empty when there is none
/// @param overriding the OVERRIDING clause; empty when there is none
/// @param source VALUES with its rows, or the query
/// @param tail ON CONFLICT and RETURNING
public record InsertShape(Part target, Part columns, Part overriding, Part source, Part tail) {
  /// Tokens `from` to `to`.
  public record Part(int from, int to) {
    public boolean isEmpty() {
      return from == to;
    }
  }

  /// Reads an INSERT … VALUES or INSERT … DEFAULT VALUES.
  public static InsertShape ofValues(Lexed lexed) {
    Reader reader = new Reader(lexed);
    Part target = reader.target();
    Part columns = reader.columns();
    Part overriding = reader.overriding();
    int from = reader.at;
    int opened = 0;
    while (lexed.is(reader.at, TokenKind.OPEN)) {
      reader.at++;
      opened++;
    }
    int to = lexed.is(reader.at, "default") ? reader.at + 2 : reader.afterRows(reader.at + 1);
    int tail = to + opened;
    return new InsertShape(target, columns, overriding, new Part(from + opened, to), new Part(tail, lexed.size()));
  }

  /// Reads an INSERT … query, whose query is known to be those tokens.
  public static InsertShape ofQuery(Lexed lexed, int queryFrom, int queryTo) {
    Reader reader = new Reader(lexed);
    Part target = reader.target();
    Part columns = reader.columns();
    Part overriding = reader.overriding();
    int tail = queryTo;
    for (int opened = reader.at; opened < queryFrom && lexed.is(opened, TokenKind.OPEN) && lexed.is(tail, TokenKind.CLOSE); opened++) {
      tail++;
    }
    return new InsertShape(target, columns, overriding, new Part(queryFrom, queryTo), new Part(tail, lexed.size()));
  }

  /// The rows of VALUES, each with its parentheses.
  public List<Part> rows(Lexed lexed) {
    List<Part> rows = new ArrayList<>();
    int token = source.from() + 1;
    while (token < source.to() && lexed.is(token, TokenKind.OPEN)) {
      int end = Reader.afterClose(lexed, token);
      rows.add(new Part(token, end));
      token = end + 1;
    }
    return rows;
  }

  /// The expressions of a row.
  public static List<Part> values(Lexed lexed, Part row) {
    List<Part> values = new ArrayList<>();
    int from = row.from() + 1;
    int depth = 0;
    for (int token = from; token < row.to(); token++) {
      TokenKind kind = lexed.kind(token);
      if (depth == 0 && (kind == TokenKind.COMMA || token == row.to() - 1)) {
        values.add(new Part(from, token));
        from = token + 1;
      } else if (kind == TokenKind.OPEN || kind == TokenKind.OPEN_BRACKET) {
        depth++;
      } else if (kind == TokenKind.CLOSE || kind == TokenKind.CLOSE_BRACKET) {
        depth--;
      }
    }
    return values;
  }

  private static final class Reader {
    private final Lexed lexed;
    private int at = 2;

    Reader(Lexed lexed) {
      this.lexed = lexed;
    }

    Part target() {
      int from = at;
      name();
      while (lexed.is(at, TokenKind.DOT)) {
        at++;
        name();
      }
      if (lexed.is(at, "as")) {
        at++;
        name();
      }
      return new Part(from, at);
    }

    /// `U&"…" UESCAPE '…'` is three tokens.
    private void name() {
      at++;
      if (lexed.is(at, "uescape")) {
        at += 2;
      }
    }

    Part columns() {
      boolean list = lexed.is(at, TokenKind.OPEN) && !startsQuery(at + 1);
      if (!list) {
        return new Part(at, at);
      }
      int end = afterClose(lexed, at);
      Part columns = new Part(at + 1, end - 1);
      at = end;
      return columns;
    }

    private boolean startsQuery(int token) {
      boolean word = lexed.is(token, "values") || lexed.is(token, "select") || lexed.is(token, "with") || lexed.is(token, "table");
      boolean column =
          lexed.is(token + 1, TokenKind.COMMA) || lexed.is(token + 1, TokenKind.CLOSE) || lexed.is(token + 1, TokenKind.DOT) || lexed.is(token + 1, TokenKind.OPEN_BRACKET);
      return lexed.is(token, TokenKind.OPEN) || (word && !column);
    }

    Part overriding() {
      int from = at;
      if (lexed.is(at, "overriding")) {
        at += 3;
      }
      return new Part(from, at);
    }

    int afterRows(int token) {
      int end = token;
      while (lexed.is(end, TokenKind.OPEN)) {
        end = afterClose(lexed, end);
        if (!lexed.is(end, TokenKind.COMMA)) {
          return end;
        }
        end++;
      }
      return end;
    }

    /// One past the parenthesis that closes the one at a token.
    static int afterClose(Lexed lexed, int open) {
      int depth = 0;
      for (int token = open; token < lexed.size(); token++) {
        if (lexed.kind(token) == TokenKind.OPEN) {
          depth++;
        } else if (lexed.kind(token) == TokenKind.CLOSE && --depth == 0) {
          return token + 1;
        }
      }
      return lexed.size();
    }
  }
}
