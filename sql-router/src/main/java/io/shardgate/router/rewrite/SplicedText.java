package io.shardgate.router.rewrite;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement's text in the making: pieces of the user's, with his parameters numbered anew from `$1` in the order in which
/// they first appear.
/// Not thread-safe; owned by the making of one text.
public final class SplicedText {
  private final Lexed lexed;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<Integer> parameters = new ArrayList<>();
  private int[] origins = new int[24];
  private int originCount;

  public SplicedText(Lexed lexed) {
    this.lexed = lexed;
  }

  /// Keeps the numbers of the user's parameters: those that this text has not are left without a use.
  public SplicedText keepNumbers() {
    for (int number = 1; number <= lexed.parameterCount(); number++) {
      renumbered(number);
    }
    return this;
  }

  /// Words of our own.
  public SplicedText add(String text) {
    out.writeBytes(text.getBytes(lexed.encoding()));
    return this;
  }

  /// The user's tokens from one up to another, with what stands between them.
  public SplicedText tokens(int from, int to) {
    int copied = from;
    for (int token = from; token < to; token++) {
      if (lexed.kind(token) == TokenKind.PARAMETER) {
        bytes(lexed.tokenStart(copied), lexed.tokenStart(token));
        add("$" + renumbered(lexed.parameterNumber(token)));
        if (token + 1 < to) {
          bytes(lexed.tokenEnd(token), lexed.tokenStart(token + 1));
        }
        copied = token + 1;
      }
    }
    if (copied < to) {
      bytes(lexed.tokenStart(copied), lexed.tokenEnd(to - 1));
    }
    return this;
  }

  private void bytes(int from, int to) {
    if (from < to) {
      if (originCount + 3 > origins.length) {
        origins = Arrays.copyOf(origins, origins.length * 2);
      }
      origins[originCount++] = out.size();
      origins[originCount++] = from;
      origins[originCount++] = to - from;
      out.writeBytes(lexed.slice(from, to));
    }
  }

  /// Which bytes of this text are the user's: triples of where they begin here, where in his text, and how many.
  public int[] origins() {
    return Arrays.copyOf(origins, originCount);
  }

  /// A parameter that is not the user's, as it is written: the `index`th of them.
  public String own(int index) {
    return "$" + renumbered(-1 - index);
  }

  private int renumbered(int number) {
    int index = parameters.indexOf(number);
    if (index < 0) {
      parameters.add(number);
      return parameters.size();
    }
    return index + 1;
  }

  /// A value as a string literal of unknown type, or NULL.
  public SplicedText literal(@Nullable String value) {
    if (value == null) {
      return add("NULL");
    }
    String quoted = value.replace("'", "''");
    return add(quoted.indexOf('\\') < 0 ? "'" + quoted + "'" : " E'" + quoted.replace("\\", "\\\\") + "'");
  }

  /// An identifier in double quotes.
  public static String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  public byte[] bytes() {
    return out.toByteArray();
  }

  /// For each parameter of this text the number it had in the user's; −1, −2 … for the first, the second that is not his.
  public int[] parameters() {
    return parameters.stream().mapToInt(Integer::intValue).toArray();
  }
}
