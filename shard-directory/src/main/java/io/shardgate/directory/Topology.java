package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What people declare: shards, groups and tables. Valid as a whole; [TopologyReader] makes it.
///
/// @param splits where the groups of strategy *range* are to be cut, by the groups' names; a group without an entry keeps the cut that it has
public record Topology(
    ShardId home,
    Map<ShardId, Shard> shards,
    Map<String, Group> groups,
    Map<String, OrderedKeys> splits,
    Set<TableName> reference,
    Map<TableName, List<List<String>>> unique,
    Map<String, FunctionRule> functions) {

  public Topology {
    shards = Collections.unmodifiableMap(new TreeMap<>(shards));
    groups = Collections.unmodifiableMap(new TreeMap<>(groups));
    splits = Collections.unmodifiableMap(new TreeMap<>(splits));
    reference = Collections.unmodifiableSet(new TreeSet<>(reference));
    unique = Collections.unmodifiableMap(new TreeMap<>(unique));
    functions = Collections.unmodifiableMap(new TreeMap<>(functions));
  }

  /// A first map: every group's key space is cut afresh, a ring over all shards by weight.
  ///
  /// Throws [TopologyException] when a group of strategy *range* does not say its splits.
  public ShardMap toMap(MapVersion version) throws TopologyException {
    List<String> faults = new ArrayList<>();
    Map<String, KeySpace> spaces = new TreeMap<>();
    groups.values().forEach(group -> addFirstCut(group, spaces, faults));
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
    return new ShardMap(version, home, shards, groups, spaces, reference, unique, functions);
  }

  private void addFirstCut(Group group, Map<String, KeySpace> spaces, List<String> faults) {
    switch (group.strategy()) {
      case Strategy.Hash _ -> spaces.put(group.name(), Ring.cut(shards.values()));
      case Strategy.Range _ -> {
        OrderedKeys cut = splits.get(group.name());
        if (cut == null) {
          faults.add("group " + group.name() + " has no splits (expected: splits: [{ until: key, shard: s1 }, { shard: s2 }])");
        } else {
          spaces.put(group.name(), cut);
        }
      }
    }
  }

  /// What a map was declared as.
  public static Topology of(ShardMap map) {
    return new Topology(map.home(), map.shards(), map.groups(), Map.of(), map.reference(), map.unique(), map.functions());
  }

  /// The same declarations for the dev cluster's shards.
  public Topology withShards(DevShards devShards) {
    return new Topology(devShards.home(), devShards.shards(), groups, splits, reference, unique, functions);
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
    Map<String, KeySpace> spaces = new TreeMap<>();
    groups.values().forEach(group -> addCut(group, current, spaces, faults));
    current.keySpaces().values().stream().flatMap(space -> space.owners().stream()).distinct().sorted()
        .filter(owner -> !shards.containsKey(owner))
        .forEach(owner -> faults.add("shard " + owner + " owns ranges and is gone (expected: it to stay)"));
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
    ShardMap next = new ShardMap(current.version().next(), home, shards, groups, spaces, reference, unique, functions);
    return next.sameContents(current) ? current : next;
  }

  /// A present group keeps its cut, which may be finer by now than the splits that its topology says.
  private void addCut(Group group, ShardMap current, Map<String, KeySpace> spaces, List<String> faults) {
    KeySpace known = current.keySpaces().get(group.name());
    if (known == null) {
      addFirstCut(group, spaces, faults);
      return;
    }
    spaces.put(group.name(), known);
    OrderedKeys declared = splits.get(group.name());
    if (declared != null && known instanceof OrderedKeys ordered && declared.type() == ordered.type() && !declared.joined().equals(ordered.joined())) {
      faults.add("splits of group " + group.name() + " would move rows (expected: no splits, or those in force: " + inForce(ordered) + ")");
    }
  }

  private static String inForce(OrderedKeys ordered) {
    StringBuilder text = new StringBuilder("[");
    for (KeySpace.Piece piece : ordered.joined().pieces()) {
      text.append(text.length() > 1 ? ", " : "").append("{ ");
      text.append(piece.until() == null ? "" : "until: \"" + piece.until() + "\", ").append("shard: ").append(piece.owner()).append(" }");
    }
    return text.append("]").toString();
  }

  private static void compare(Group before, @Nullable Group now, List<String> faults) {
    if (now != null && !now.strategy().equals(before.strategy())) {
      faults.add("strategy of group " + now.name() + " is " + now.strategy().word() + " (expected: " + before.strategy().word() + ", as before)");
    }
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
