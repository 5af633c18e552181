package io.shardgate.router;

import io.shardgate.router.analyze.Moments;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;

/// Finds texts that mean a moment: what one shard makes of them now is not what another makes of them later.
/// Immutable.
final class MomentTexts {
  private final Lexed lexed;
  private final Bindings bindings;

  MomentTexts(Lexed lexed, Bindings bindings) {
    this.lexed = lexed;
    this.bindings = bindings;
  }

  /// Whether one is among the literals and parameters of these tokens.
  boolean areIn(int from, int to) {
    for (int token = from; token < to; token++) {
      if (lexed.kind(token).isString() && Moments.mayBeIn(lexed.raw(token))) {
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
    return value != null && Moments.mayBeIn(new String(value, lexed.encoding()));
  }
}
