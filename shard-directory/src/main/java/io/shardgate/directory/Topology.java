package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What people declare: shards, groups and tables, without the cut of the rings. Valid as a whole; [TopologyReader] makes it.
public record Topology(
    ShardId home,
    Map<ShardId, Shard> shards,
    Map<String, Group> groups,
    Set<TableName> reference,
    Map<TableName, List<List<String>>> unique,
    Map<String, FunctionRule> functions) {

  public Topology {
    shards = Collections.unmodifiableMap(new TreeMap<>(shards));
    groups = Collections.unmodifiableMap(new TreeMap<>(groups));
    reference = Collections.unmodifiableSet(new TreeSet<>(reference));
    unique = Collections.unmodifiableMap(new TreeMap<>(unique));
    functions = Collections.unmodifiableMap(new TreeMap<>(functions));
  }

  /// A first map: every group's ring is cut afresh over all shards by weight.
  public ShardMap toMap(MapVersion version) {
    Map<String, List<HashRange>> ranges = new TreeMap<>();
    groups.keySet().forEach(name -> ranges.put(name, Ring.cut(shards.values())));
    return new ShardMap(version, home, shards, groups, ranges, reference, unique, functions);
  }

  /// What a map was declared as.
  public static Topology of(ShardMap map) {
    return new Topology(map.home(), map.shards(), map.groups(), map.reference(), map.unique(), map.functions());
  }

  /// The same declarations for the dev cluster's shards.
  public Topology withShards(DevShards devShards) {
    return new Topology(devShards.home(), devShards.shards(), groups, reference, unique, functions);
  }

  /// The map that follows `current` when this topology takes its place: present groups keep their ranges, new ones are cut
  /// afresh. The version is `current`'s when nothing changed, else the next.
  ///
  /// Throws when rows would be left behind: a table that changes its kind or key, a group that changes its key type, a shard
  /// that goes while it owns ranges, another home. Those need the rows moved first.
  public ShardMap after(ShardMap current) throws TopologyException {
    List<String> faults = new ArrayList<>();
    if (!current.home().equals(home)) {
      faults.add("home is " + home + " (expected: " + current.home() + ", which holds the home tables)");
    }
    current.groups().forEach((name, group) -> compare(group, groups.get(name), faults));
    current.reference().stream().filter(table -> !reference.contains(table)).forEach(table ->
        faults.add("table " + table + " was a reference table and no longer is (expected: drop it first)"));
    Map<String, List<HashRange>> ranges = new TreeMap<>();
    groups.keySet().forEach(name -> ranges.put(name, current.ranges().getOrDefault(name, Ring.cut(shards.values()))));
    current.ranges().values().stream().flatMap(List::stream).map(HashRange::owner).distinct().sorted()
        .filter(owner -> !shards.containsKey(owner))
        .forEach(owner -> faults.add("shard " + owner + " owns ranges and is gone (expected: it to stay)"));
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
    ShardMap next = new ShardMap(current.version().next(), home, shards, groups, ranges, reference, unique, functions);
    return next.sameContents(current) ? current : next;
  }

  private static void compare(Group before, @Nullable Group now, List<String> faults) {
    if (now != null && now.keyType() != before.keyType()) {
      faults.add("key of group " + now.name() + " is " + now.keyType().word() + " (expected: " + before.keyType().word() + ", as before)");
    }
    new TreeMap<>(before.tables()).forEach((table, column) -> {
      String columnNow = now == null ? null : now.tables().get(table);
      if (columnNow == null) {
        faults.add("table " + table + " was in group " + before.name() + " and no longer is (expected: drop it first)");
      } else if (!columnNow.equals(column)) {
        faults.add("key column of table " + table + " is " + columnNow + " (expected: " + column + ", as before)");
      }
    });
  }
}
