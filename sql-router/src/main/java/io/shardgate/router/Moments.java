package io.shardgate.router;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.Locale;
import java.util.Set;

/// Finds texts that mean a moment: what one shard makes of them now is not what another makes of them later.
/// Immutable.
final class Moments {
  private static final Set<String> WORDS = Set.of("now", "today", "tomorrow", "yesterday");

  private final Lexed lexed;
  private final Bindings bindings;

  Moments(Lexed lexed, Bindings bindings) {
    this.lexed = lexed;
    this.bindings = bindings;
  }

  /// Whether one is among the literals and parameters of these tokens.
  boolean areIn(int from, int to) {
    for (int token = from; token < to; token++) {
      if (lexed.kind(token).isString() && isMoment(lexed.raw(token))) {
        return true;
      }
      if (lexed.is(token, TokenKind.PARAMETER) && isMoment(lexed.parameterNumber(token))) {
        return true;
      }
    }
    return false;
  }

  private boolean isMoment(int parameter) {
    byte[] value = parameter <= bindings.count() && !bindings.binary(parameter - 1) ? bindings.value(parameter - 1) : null;
    return value != null && isMoment(new String(value, lexed.encoding()));
  }

  private static boolean isMoment(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return WORDS.stream().anyMatch(lower::contains);
  }
}
