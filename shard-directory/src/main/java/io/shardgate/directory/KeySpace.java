package io.shardgate.directory;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a group's strategy cuts up, and who owns the pieces: every key has exactly one owner (invariant 1), in a [KeyTable] at most one.
/// Immutable, but for the keys of a [KeyTable].
public sealed interface KeySpace permits HashRing, OrderedKeys, KeyTable {
  /// The one shard that owns this key, which is of the group's key type; null when only the directory can tell. Hot path: allocates nothing
  /// for integers.
  @Nullable ShardId ownerOf(KeyValue key);

  /// The owner of a bigint key; null when only the directory can tell. Hot path: allocates nothing.
  @Nullable ShardId ownerOf(long key);

  /// Those that own any key within the bounds.
  Set<ShardId> ownersWithin(KeyBounds bounds);

  /// Those that own anything, or may before the map has another version.
  Set<ShardId> owners();

  /// Those that own something now.
  default Set<ShardId> holders() {
    return owners();
  }

  /// The same pieces in words, in order, for people; none where keys have no order.
  List<Piece> pieces();

  /// A half-open piece: `from` is in it, `until` is not; null where it has no bound.
  record Piece(@Nullable String from, @Nullable String until, ShardId owner, Extent extent) {}
}
