package io.shardgate.proxy.dev;

/// A start that failed for a reason the user can act on: the message is the one line they see.
final class DevException extends Exception {
  private static final long serialVersionUID = 1L;

  DevException(String message) {
    super(message);
  }

  DevException(String message, Throwable cause) {
    super(message, cause);
  }
}
