package io.shardgate.directory;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a group's strategy cuts up, and who owns the pieces: every key has exactly one owner (invariant 1). Immutable.
public sealed interface KeySpace permits HashRing, OrderedKeys {
  /// The one shard that owns this key, which is of the group's key type. Hot path: allocates nothing for integers.
  ShardId ownerOf(KeyValue key);

  /// The owner of a bigint key. Hot path: allocates nothing.
  ShardId ownerOf(long key);

  /// Those that own any key within the bounds.
  Set<ShardId> ownersWithin(KeyBounds bounds);

  /// Those that own anything.
  Set<ShardId> owners();

  /// The same pieces in words, in order, for people.
  List<Piece> pieces();

  /// A half-open piece: `from` is in it, `until` is not; null where it has no bound.
  record Piece(@Nullable String from, @Nullable String until, ShardId owner) {}
}
