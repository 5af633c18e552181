package io.shardgate.router.grammar;

/// A token with its decoded value beside its text: an identifier's name, a string's characters.
/// Not thread-safe; owned by one parser.
final class LexedToken extends Token {
  private static final long serialVersionUID = 1;

  private final String value;
  private final int endOfPrevious;

  LexedToken(int kind, String image, String value, int start, int end, int endOfPrevious) {
    super(kind, image);
    this.value = value;
    this.endOfPrevious = endOfPrevious;
    beginLine = 1;
    endLine = 1;
    beginColumn = start + 1;
    endColumn = end;
  }

  String value() {
    return value;
  }

  /// The last column of the token before.
  int endOfPrevious() {
    return endOfPrevious;
  }
}
