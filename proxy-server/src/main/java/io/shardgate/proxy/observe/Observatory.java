package io.shardgate.proxy.observe;

import java.io.IOException;
import java.util.Optional;

/// What is seen of a proxy from outside, from before it serves until it ends: meters, health, and the HTTP port that shows them.
///
/// Thread-safe: its parts are.
public record Observatory(ProxyMetrics metrics, Health health, HttpEndpoint http) implements AutoCloseable {
  /// Opens the port. The proxy is alive then, and not ready until somebody replaces the check `start`.
  ///
  /// @param port 0 takes any free port
  /// @throws IOException when the port cannot be opened; the message names it
  public static Observatory open(String host, int port) throws IOException {
    ProxyMetrics metrics = new ProxyMetrics();
    Health health = new Health();
    health.require("start", () -> Optional.of("not finished yet"));
    return new Observatory(metrics, health, HttpEndpoint.open(host, port, metrics, health));
  }

  @Override
  public void close() {
    http.close();
  }
}
