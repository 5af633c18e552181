package io.shardgate.router;

import io.shardgate.directory.ShardId;
import io.shardgate.router.plan.Plan;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Where one execution of a forwarded plan goes.
public sealed interface Decision {
  /// That shard.
  record One(ShardId shard) implements Decision {}

  /// Any shard will do: only reference tables are read, or no row can match.
  record AnyShard() implements Decision {
    static final AnyShard INSTANCE = new AnyShard();
  }

  /// The home shard.
  record Home() implements Decision {
    static final Home INSTANCE = new Home();
  }

  /// Several shards have to work together.
  ///
  /// @param pulled for each reference of the plan's [io.shardgate.router.plan.Gathering] where its rows are
  /// @param otherwise what a client is told in whose place nobody gathers
  record Many(List<PulledRows> pulled, Plan.Refuse otherwise) implements Decision {
    public Many {
      pulled = List.copyOf(pulled);
    }

    /// All shards that have a part in it.
    public Set<ShardId> shards() {
      Set<ShardId> shards = new TreeSet<>();
      pulled.forEach(rows -> shards.addAll(rows.shards()));
      return shards;
    }
  }

  /// Only the directory can tell: these keys have to be looked up or placed first, then it is decided again.
  record Unplaced(List<UnplacedKey> keys) implements Decision {
    public Unplaced {
      keys = List.copyOf(keys);
    }
  }

  /// No shard may get it.
  record Refused(Plan.Refuse refuse) implements Decision {}
}
