package io.shardgate.proxy.dev;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.proxy.config.ProxyConfig;

/// Starts the proxy in front of the dev cluster.
@FunctionalInterface
public interface ProxyStarter {
  /// Returns when the proxy accepts clients. What it returns is closed before the shards are stopped; the directory is closed by
  /// the dev cluster. A port that is taken is a [java.net.BindException].
  AutoCloseable start(ProxyConfig config, ShardDirectory directory) throws Exception;
}
