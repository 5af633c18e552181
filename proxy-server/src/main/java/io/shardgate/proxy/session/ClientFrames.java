package io.shardgate.proxy.session;

/// How a session steers the frames its client sends. Confined to its channel's event loop.
public interface ClientFrames {
  /// Hands over nothing more until [#proceed]; what comes meanwhile is kept, and reading stops when too much is.
  void hold();

  /// Goes on with what was kept.
  void proceed();
}
