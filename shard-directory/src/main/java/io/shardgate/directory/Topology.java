package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

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

  /// The tables that this topology places otherwise than `current` does: in another group, by another column or kind of key, as reference
  /// table, or not at all, be it now or before.
  public Set<TableName> replaced(ShardMap current) {
    Topology before = of(current);
    Set<TableName> all = new TreeSet<>(reference);
    all.addAll(before.reference);
    groups.values().forEach(group -> all.addAll(group.tables().keySet()));
    before.groups.values().forEach(group -> all.addAll(group.tables().keySet()));
    all.removeIf(table -> place(table).equals(before.place(table)));
    return all;
  }

  /// The map that follows `current` when this topology takes its place: present groups keep their ranges, new ones are cut
  /// afresh. The version is `current`'s when nothing changed, else the next.
  ///
  /// Throws when rows would be left behind: a table that exists and changes its place, a shard that goes while it owns ranges, another
  /// home. Those need the rows moved first.
  ///
  /// @param existing which of the [#replaced] tables exist, and where
  public ShardMap after(ShardMap current, Map<TableName, Set<ShardId>> existing) throws TopologyException {
    List<String> faults = new ArrayList<>();
    if (!current.home().equals(home)) {
      faults.add("home is " + home + " (expected: " + current.home() + ", which holds the home tables)");
    }
    for (TableName table : replaced(current)) {
      Set<ShardId> where = existing.getOrDefault(table, Set.of());
      if (!where.isEmpty()) {
        faults.add("table " + table + " is " + place(table) + ", and was " + of(current).place(table) + ", but it exists on " + new TreeSet<>(where)
            + " (expected: no such table; drop it with the topology as it was, then apply this one)");
      }
    }
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

  /// Where a table's rows are, in words that differ where the places do.
  private String place(TableName table) {
    if (reference.contains(table)) {
      return "a reference table";
    }
    for (Group group : groups.values()) {
      Optional<String> column = group.keyColumn(table);
      if (column.isPresent()) {
        return "in group " + group.name() + " by " + column.get() + " of type " + group.keyType().word();
      }
    }
    return "not declared";
  }
}
