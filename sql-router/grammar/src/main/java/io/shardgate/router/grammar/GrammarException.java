package io.shardgate.router.grammar;

/// The text is not what this grammar reads. That says nothing about whether PostgreSQL would take it.
/// Immutable.
public final class GrammarException extends Exception {
  private static final long serialVersionUID = 1;

  private final int position;

  /// @param position where reading stopped, in `char`s from 0; the text's length where it ended too early
  public GrammarException(String message, int position) {
    // Thrown for each unreadable text that a client sends, so it has no stack trace.
    super(message, null, false, false);
    this.position = position;
  }

  /// Where reading stopped, in `char`s from 0.
  public int position() {
    return position;
  }
}
