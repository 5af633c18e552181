package io.shardgate.proxy.execute;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.Span;
import io.shardgate.router.statement.StatementReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Texts that a server only reads, for an error or what a Describe asks: it may log and show them. Passwords in the clear are put out of sight, by as many
/// characters, so that positions stay. What a server carries out has a verifier there ([PasswordText]).
public final class PasswordMask {
  private PasswordMask() {}

  /// A whole text; itself where there is nothing to hide.
  ///
  /// @param statements that were cut from it
  public static byte[] of(byte[] text, List<Lexed> statements) {
    byte[] masked = text;
    for (Lexed lexed : statements.reversed()) { // from the end on, so that the places before stay
      Span literal = plain(lexed);
      if (literal != null) {
        masked = masked(masked, lexed, lexed.start() + literal.start(), literal);
      }
    }
    return masked;
  }

  /// One statement's own text.
  public static byte[] of(Lexed lexed) {
    Span literal = plain(lexed);
    return literal == null ? lexed.toBytes() : masked(lexed.toBytes(), lexed, literal.start(), literal);
  }

  private static @Nullable Span plain(Lexed lexed) {
    if (lexed.malformed() || !(lexed.is(0, "create") || lexed.is(0, "alter"))) {
      return null;
    }
    Span literal = StatementReader.read(lexed) instanceof DefinitionStatement.RoleChange change ? change.password() : null;
    return literal == null || PasswordText.plain(literal, lexed) == null ? null : literal;
  }

  private static byte[] masked(byte[] text, Lexed lexed, int at, Span literal) {
    int bytes = literal.end() - literal.start();
    String written = lexed.string(literal.start(), literal.end());
    int characters = written.codePointCount(0, written.length());
    byte[] masked = new byte[text.length - bytes + characters];
    System.arraycopy(text, 0, masked, 0, at);
    java.util.Arrays.fill(masked, at, at + characters, (byte) 'x');
    masked[at] = '\'';
    masked[at + characters - 1] = '\'';
    System.arraycopy(text, at + bytes, masked, at + characters, text.length - at - bytes);
    return masked;
  }
}
