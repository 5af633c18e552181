package io.shardgate.proxy.oid;

import io.shardgate.directory.ShardId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The OIDs of one database on every shard, both ways between the home shard and each other one. Immutable.
///
/// The home shard translates to itself. On a shard that could not be asked no user type is known: a frame of it with one asks for a refresh.
public final class OidMap {

  private final ShardId home;
  private final OidTranslation unasked;
  private final @Nullable OidMap otherwise;
  private final Map<ShardId, OidTranslation> toHome = new HashMap<>();
  private final Map<ShardId, OidTranslation> fromHome = new HashMap<>();

  /// @param others the names on the other shards, as far as they could be asked
  public OidMap(ShardId home, ServerNames homeNames, Map<ShardId, ServerNames> others) {
    this(home, homeNames, others, null);
  }

  /// @param otherwise what holds for shards that are not among the others
  public OidMap(ShardId home, ServerNames homeNames, Map<ShardId, ServerNames> others, @Nullable OidMap otherwise) {
    this.home = home;
    this.otherwise = otherwise;
    unasked = OidTranslation.between(ServerNames.NONE, homeNames);
    others.forEach(
        (shard, names) -> {
          toHome.put(shard, OidTranslation.between(names, homeNames));
          fromHome.put(shard, OidTranslation.between(homeNames, names));
        });
  }

  /// For what a shard sends: RowDescription, ParameterDescription, DataRow, COPY out. Hot path: one map look-up.
  public OidTranslation toHome(ShardId shard) {
    if (shard.equals(home)) {
      return OidTranslation.IDENTITY;
    }
    OidTranslation known = toHome.get(shard);
    return known != null ? known : otherwise != null ? otherwise.toHome(shard) : unasked;
  }

  /// For what a client sends on to a shard: Parse, Bind, COPY in. Hot path: one map look-up.
  public OidTranslation fromHome(ShardId shard) {
    if (shard.equals(home)) {
      return OidTranslation.IDENTITY;
    }
    OidTranslation known = fromHome.get(shard);
    return known != null ? known : otherwise != null ? otherwise.fromHome(shard) : unasked;
  }
}
