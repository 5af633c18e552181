package io.shardgate.directory.keys;

import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.DirectoryException.Fault;
import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.Placement;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Strategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// Keys that get their owners with one write. Not thread-safe; owned by one write.
public final class KeyBatch {
  private final ShardMap map;
  private final int maxKeysPerGroup;
  private final Map<GroupKey, PlacedKey> fresh = new LinkedHashMap<>();
  private final Map<String, Map<ShardId, Long>> added = new HashMap<>();

  public KeyBatch(ShardMap map, int maxKeysPerGroup) {
    this.map = map;
    this.maxKeysPerGroup = maxKeysPerGroup;
  }

  /// The owner that is recorded, or chosen now.
  public ShardId owner(Group group, KeyValue key, Set<ShardId> candidates) {
    KeyTable table = table(map, group);
    ShardId recorded = table.ownerOf(key);
    if (recorded != null) {
      return recorded;
    }
    GroupKey name = new GroupKey(group.name(), key);
    PlacedKey chosen = fresh.get(name);
    if (chosen == null) {
      chosen = new PlacedKey(group.name(), choose(group.name(), table, key, candidates), key);
      fresh.put(name, chosen);
      added.computeIfAbsent(group.name(), _ -> new HashMap<>()).merge(chosen.owner(), 1L, Long::sum);
    }
    return chosen.owner();
  }

  /// The keys of a group, which has to be one of the map.
  public static KeyTable table(ShardMap map, Group group) {
    if (map.keySpaces().get(group.name()) instanceof KeyTable table && table.type() == group.keyType()) {
      return table;
    }
    throw new DirectoryException(Fault.MAP_CHANGED, "group " + group.name() + " is no group of strategy directory any more");
  }

  private ShardId choose(String group, KeyTable table, KeyValue key, Set<ShardId> candidates) {
    Map<ShardId, Long> counts = added.getOrDefault(group, Map.of());
    if (table.size() + counts.values().stream().mapToLong(Long::longValue).sum() >= maxKeysPerGroup) {
      throw new DirectoryException(Fault.TOO_MANY_KEYS, "group " + group + " has " + maxKeysPerGroup + " keys, and can't have more");
    }
    if (KeyTable.isTooLong(key)) {
      throw new DirectoryException(Fault.KEY_TOO_LONG, "a key of group " + group + " is too long");
    }
    List<Shard> shards = new ArrayList<>();
    for (ShardId id : new TreeSet<>(candidates)) {
      Shard shard = map.shards().get(id);
      if (shard != null) {
        shards.add(shard);
      }
    }
    if (shards.isEmpty()) {
      throw new DirectoryException(Fault.MAP_CHANGED, "none of the shards " + candidates + " is there any more");
    }
    return placement(group).choose(key, shards, shard -> table.count(shard) + counts.getOrDefault(shard, 0L));
  }

  private Placement placement(String group) {
    Group known = Objects.requireNonNull(map.groups().get(group));
    return known.strategy() instanceof Strategy.Directory(Placement place) ? place : Placement.DEFAULT;
  }

  /// What has to be written.
  public List<PlacedKey> entries() {
    return List.copyOf(fresh.values());
  }

  /// It is written: all who look see it.
  public void publish() {
    fresh.values().forEach(entry -> table(map, Objects.requireNonNull(map.groups().get(entry.group()))).put(entry.key(), entry.owner()));
  }
}
