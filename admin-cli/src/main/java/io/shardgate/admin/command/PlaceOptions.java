package io.shardgate.admin.command;

import io.shardgate.admin.proxy.ProxyConnection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A group, and a place in its key space.
/// Not thread-safe; owned by one command line.
final class PlaceOptions {
  @Parameters(index = "0", paramLabel = "GROUP", description = "a group of strategy hash or range")
  private @Nullable String group;

  @ArgGroup(multiplicity = "1")
  private @Nullable Place place;

  /// Not thread-safe; owned by one command line.
  static final class Place {
    @Option(names = "--key", paramLabel = "KEY", required = true, description = "at this key; in a group by hash at its position")
    private @Nullable String key;

    @Option(names = "--position", paramLabel = "N", required = true, description = "at this position of the ring, a whole number of 64 bits")
    private @Nullable Long position;
  }

  /// `'group' AT KEY 'key'`
  String text() {
    Place at = java.util.Objects.requireNonNull(place);
    String where = at.key != null ? "KEY " + ProxyConnection.literal(at.key) : "POSITION " + at.position;
    return ProxyConnection.literal(java.util.Objects.requireNonNull(group)) + " AT " + where;
  }
}
