package io.shardgate.router;

import com.github.benmanes.caffeine.cache.Interner;
import io.shardgate.directory.ShardMap;
import io.shardgate.router.catalog.Catalog;
import java.nio.charset.Charset;
import java.util.List;

/// What a statement is planned against: one catalog, one shard map, and the session settings that change what names and
/// literals mean.
/// Immutable.
///
/// @param searchPath the effective path: `$user` resolved, missing schemas dropped; `pg_temp` and `pg_catalog` are
///     implicit (searched first) unless they are named in it
/// @param encoding the client's
public record RoutingView(
    Catalog catalog,
    ShardMap map,
    List<String> searchPath,
    boolean standardConformingStrings,
    Charset encoding,
    String currentUser) {
  /// Plans are looked up by it: paths are compared by reference.
  private static final Interner<List<String>> PATHS = Interner.newWeakInterner();

  public RoutingView {
    searchPath = PATHS.intern(List.copyOf(searchPath));
  }
}
