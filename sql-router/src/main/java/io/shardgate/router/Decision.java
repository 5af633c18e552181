package io.shardgate.router;

import io.shardgate.directory.ShardId;
import io.shardgate.router.plan.Plan;
import java.util.List;
import java.util.Set;

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

  /// Several shards would have to work together.
  record Many(Set<ShardId> shards) implements Decision {
    public Many {
      shards = Set.copyOf(shards);
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
