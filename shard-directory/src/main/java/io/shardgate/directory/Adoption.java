package io.shardgate.directory;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Tables that are on shards already and become tables of a group: its key space begins where their rows are.
///
/// While clients are served, a table that was not declared is a home table, to which they may write at any moment by the map before: where
/// one is on the home shard, that shard has to own the whole key space, rows or not.
///
/// @param tables those of the group's tables that were not declared before
record Adoption(Group group, Set<TableName> tables, ShardId home, ExistingTables existing) {
  Adoption {
    tables = new TreeSet<>(tables);
  }

  /// The key space of a group that is new. Empty when it can't be told, after a fault was added.
  ///
  /// @param splits as declared, for strategy *range*; null where there are none
  Optional<KeySpace> firstCut(@Nullable OrderedKeys splits, Collection<Shard> shards, List<String> faults) {
    Set<ShardId> holders = existing.holders(tables);
    if (holders.size() > 1) {
      faults.add("group " + group.name() + " has rows on several shards (" + existing.counts(tables)
          + "), and no map says which belong where (expected: rows on one shard, which the group then begins on)");
      return Optional.empty();
    }
    ShardId owner = holders.isEmpty() ? null : holders.iterator().next();
    if (isAtHome()) {
      if (owner != null && !owner.equals(home)) {
        faults.add("group " + group.name() + " has its rows on " + owner + " (" + existing.counts(tables) + "), and clients use its tables on the home shard "
            + home + " (expected: no such tables there, or the rows there)");
        return Optional.empty();
      }
      owner = home;
    }
    return owner == null ? afresh(splits, shards, faults) : ownedBy(owner, splits, faults);
  }

  private boolean isAtHome() {
    return existing.inUse() && tables.stream().anyMatch(table -> existing.where(table).contains(home));
  }

  private Optional<KeySpace> afresh(@Nullable OrderedKeys splits, Collection<Shard> shards, List<String> faults) {
    return switch (group.strategy()) {
      case Strategy.Hash _ -> Optional.of(Ring.cut(shards));
      case Strategy.Directory _ -> Optional.of(new KeyTable(group.keyType(), ids(shards)));
      case Strategy.Range _ -> {
        if (splits == null) {
          faults.add("group " + group.name() + " has no splits (expected: splits: [{ until: key, shard: s1 }, { shard: s2 }])");
        }
        yield Optional.ofNullable(splits);
      }
    };
  }

  private static Set<ShardId> ids(Collection<Shard> shards) {
    Set<ShardId> ids = new TreeSet<>();
    shards.forEach(shard -> ids.add(shard.id()));
    return ids;
  }

  private Optional<KeySpace> ownedBy(ShardId owner, @Nullable OrderedKeys splits, List<String> faults) {
    return switch (group.strategy()) {
      case Strategy.Hash _ -> Optional.of(new HashRing(List.of(new HashRange(Long.MIN_VALUE, owner))));
      case Strategy.Range _ when splits == null -> Optional.of(new OrderedKeys(group.keyType(), List.of(new KeyRange(null, owner))));
      case Strategy.Range _ when splits.owners().equals(Set.of(owner)) -> Optional.of(splits);
      case Strategy.Range _ -> {
        faults.add("splits of group " + group.name() + " give ranges to " + splits.owners() + ", but its tables are on " + owner + rows()
            + " (expected: no splits, or all with shard: " + owner + ")");
        yield Optional.empty();
      }
      case Strategy.Directory _ -> {
        faults.add("group " + group.name() + " is of strategy directory, and its tables are on " + owner + rows()
            + ", whose keys nobody has placed (expected: no such tables, or strategy hash or range)");
        yield Optional.empty();
      }
    };
  }

  private String rows() {
    String counts = existing.counts(tables);
    return counts.isEmpty() ? " already" : " already (" + counts + ")";
  }

  /// Adds a fault where rows of the tables may be elsewhere than `kept`, the key space that the group has, says.
  void checkAgainst(KeySpace kept, List<String> faults) {
    Set<ShardId> taken = existing.holders(tables);
    if (isAtHome()) {
      taken.add(home);
    }
    boolean placed = group.strategy() instanceof Strategy.Directory;
    if (!taken.isEmpty() && (placed || !kept.owners().equals(taken))) {
      faults.add("tables " + tables + " come to group " + group.name() + " and are on " + taken + rows()
          + ", but keys of the group are on " + kept.owners() + " (expected: no such tables; make them with CREATE TABLE when the topology names them)");
    }
  }
}
