package io.shardgate.directory;

/// A key could not be looked up or placed.
public final class DirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// Whose fault it is.
  public enum Fault {
    /// The group has as many keys as a group may have.
    TOO_MANY_KEYS,
    /// The key is longer than [ShardDirectory#MAX_KEY_BYTES].
    KEY_TOO_LONG,
    /// The map has changed: the group, or every candidate, is no part of it any more.
    MAP_CHANGED,
    /// The store can't be read or written.
    STORE
  }

  private final Fault fault;

  public DirectoryException(Fault fault, String message) {
    super(message);
    this.fault = fault;
  }

  public DirectoryException(Fault fault, String message, Throwable cause) {
    super(message, cause);
    this.fault = fault;
  }

  public Fault fault() {
    return fault;
  }
}
