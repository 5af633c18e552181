package io.shardgate.proxy.session;

/// A statement failed and the client has the error already. Without a stack trace: it says nothing about us.
final class AlreadyToldException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// The only one there need be: it has no stack trace that could mislead.
  @SuppressWarnings("StaticAssignmentOfThrowable")
  static final AlreadyToldException INSTANCE = new AlreadyToldException();

  private AlreadyToldException() {
    super("the client was told", null, false, false);
  }
}
