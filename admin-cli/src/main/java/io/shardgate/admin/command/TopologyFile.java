package io.shardgate.admin.command;

import io.shardgate.admin.proxy.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option that names a topology.
/// Not thread-safe; owned by one command line.
final class TopologyFile {
  /// So much the proxy takes; more is not even sent.
  private static final long MAX_BYTES = 1 << 20;

  @Option(names = {"-f", "--file"}, paramLabel = "FILE", required = true, description = "the topology: shards, groups, tables (YAML, up to 1 MiB)")
  private @Nullable Path file;

  String text() throws RefusedException {
    Path named = java.util.Objects.requireNonNull(file);
    try {
      if (Files.size(named) > MAX_BYTES) {
        throw Verb.refused(named + " has more than " + MAX_BYTES + " bytes", "A topology is shorter.");
      }
      return Files.readString(named);
    } catch (NoSuchFileException _) {
      throw Verb.refused("no such file: " + named, "");
    } catch (IOException e) {
      throw Verb.refused(named + " can't be read as text in UTF-8: " + e.getMessage(), "");
    }
  }
}
