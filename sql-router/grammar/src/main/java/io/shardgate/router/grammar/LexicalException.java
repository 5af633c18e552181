package io.shardgate.router.grammar;

/// The text can't be cut into tokens. Unchecked, because JavaCC's interface of a lexer allows no other.
/// Immutable.
final class LexicalException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int position;

  LexicalException(String message, int position) {
    super(message, null, false, false);
    this.position = position;
  }

  int position() {
    return position;
  }
}
