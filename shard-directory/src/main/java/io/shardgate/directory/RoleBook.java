package io.shardgate.directory;

import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the directory has of roles, by name. The home shard is who knows; this says to all proxies at once that it knows something new. Implementations are
/// thread-safe.
public interface RoleBook {
  /// Roles of which there may be a record.
  int MAX_ROLES = 10_000;

  /// What this process has heard of the record; empty when there is none. Never blocks.
  Optional<RoleRecord> known(String role);

  /// The record as it is now. May block on I/O; throws [java.io.UncheckedIOException] when the store does not say.
  Optional<RoleRecord> read(String role);

  /// Replaces a record if it is still `expected`, and says whether it did; false also for a record more than [#MAX_ROLES]. May block, and throws, as
  /// [#read] does; the store may have taken it all the same.
  ///
  /// @param expected null for none
  /// @param next null for none
  boolean compareAndSet(String role, @Nullable RoleRecord expected, @Nullable RoleRecord next);

  /// Calls the listener with the name of each role whose record is another than this process knew, whoever changed it; never two calls at a time. When
  /// the process was cut off from the store, that is once it is back. The listener must not block. Closing ends the calls.
  ShardDirectory.Watch watch(Consumer<String> listener);
}
