package io.shardgate.proxy.dev;

import io.shardgate.directory.etcd.EtcdPlace;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Model.CommandSpec;

/// The flags of `./shardgate dev`, as picocli fills them.
/// Not thread-safe; owned by the main thread.
final class DevOptions {
  static final int DEFAULT_SHARDS = 4;
  static final int DEFAULT_POSTGRES = 18;
  static final int DEFAULT_PORT = 6432;
  static final int DEFAULT_HTTP_PORT = 8432;

  /// One machine runs about this many PostgreSQL servers before it is a test of patience.
  static final int MAX_SHARDS = 64;

  /// PostgreSQL servers take several MB per connection slot with our settings.
  static final int MAX_POOL = 2_000;

  @Spec @Nullable CommandSpec spec;

  @Option(names = "--shards", paramLabel = "N", description = "number of shards, s1 to sN (default: 4)")
  @Nullable Integer shards;

  @Option(names = "--pg", paramLabel = "15|16|17|18", description = "PostgreSQL version (default: 18)")
  @Nullable Integer postgres;

  @Option(names = "--port", paramLabel = "PORT", description = "port for clients (default: ${DEFAULT-VALUE})")
  int port = DEFAULT_PORT;

  @Option(names = "--http", paramLabel = "PORT", description = "port for metrics and health (default: ${DEFAULT-VALUE})")
  int httpPort = DEFAULT_HTTP_PORT;

  @Option(names = "--data", paramLabel = "DIR", description = "data folder, kept between runs (default: var/dev)")
  @Nullable Path data;

  @Option(names = "--fresh", description = "begin with an empty data folder")
  boolean fresh;

  @Option(names = "--pool", paramLabel = "N", description = "server connections per shard (default: as in conf/shardgate.yaml)")
  @Nullable Integer pool;

  @Option(
      names = "--topology",
      paramLabel = "FILE",
      description = "groups and reference tables, without shards: and home:; the sample is not loaded")
  @Nullable Path topology;

  @Option(names = "--directory", paramLabel = "URL", description = "etcd://host:port/prefix keeps the shard map in etcd (default: a file in the data folder)")
  @Nullable String directory;

  /// Where the shard map is kept; null for the file in the data folder.
  @Nullable EtcdPlace etcd() {
    try {
      return directory == null ? null : EtcdPlace.parse(directory);
    } catch (IllegalArgumentException e) {
      throw fault("--directory: " + e.getMessage());
    }
  }

  /// Throws what picocli shows as one line with the usage.
  void check() {
    within("--shards", shards, 1, MAX_SHARDS);
    within("--pg", postgres, 15, 18);
    within("--port", port, 1, 65535);
    within("--http", httpPort, 1, 65535);
    within("--pool", pool, 1, MAX_POOL);
    EtcdPlace _ = etcd();
    if (port == httpPort) {
      throw fault("--port and --http are both " + port + " (expected: two ports)");
    }
  }

  private void within(String option, @Nullable Integer value, int from, int to) {
    if (value != null && (value < from || value > to)) {
      throw fault(option + " is " + value + " (expected: " + from + " to " + to + ")");
    }
  }

  private ParameterException fault(String message) {
    if (spec == null) {
      throw new IllegalStateException("options that picocli did not fill");
    }
    return new ParameterException(spec.commandLine(), message);
  }
}
