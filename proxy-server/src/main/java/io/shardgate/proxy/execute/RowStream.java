package io.shardgate.proxy.execute;

/// Rows under way from several shards, of which some wait in the proxy for the client or for other rows.
/// Confined to its channel's event loop.
public interface RowStream {
  /// The client takes bytes again: rows go on, and so does the reading of the shards that are to be read.
  void proceed();

  /// The client is gone, and with it the connections: what waits is dropped.
  void abandon();
}
