package io.shardgate.directory;

/// Reads a topology from YAML (1.2).
public final class TopologyReader {
  private TopologyReader() {}
}
