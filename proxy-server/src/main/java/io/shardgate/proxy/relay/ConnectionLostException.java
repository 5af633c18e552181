package io.shardgate.proxy.relay;

import io.shardgate.directory.ShardId;

/// A server connection broke in the middle of a statement, and the session has told the client. Without a stack trace: it is no fault
/// of ours.
public final class ConnectionLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ConnectionLostException(ShardId shard) {
    super("shard " + shard + ": the server closed the connection unexpectedly", null, false, false);
  }
}
