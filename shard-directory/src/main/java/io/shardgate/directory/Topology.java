package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

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
      case Strategy.Directory _ -> spaces.put(group.name(), new KeyTable(group.keyType(), shards.keySet()));
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

  /// The tables that this topology places otherwise than `current` does: in another group, by another strategy, column or kind of key, as
  /// reference table, or not at all, be it now or before; and those of groups that it would cut anew.
  public Set<TableName> replaced(ShardMap current) {
    Topology before = of(current);
    Set<TableName> all = new TreeSet<>(reference);
    all.addAll(before.reference);
    groups.values().forEach(group -> all.addAll(group.tables().keySet()));
    before.groups.values().forEach(group -> all.addAll(group.tables().keySet()));
    all.removeIf(table -> isKept(table, current, before));
    return all;
  }

  private boolean isKept(TableName table, ShardMap current, Topology before) {
    return place(table).equals(before.place(table)) && groups.values().stream().noneMatch(group -> group.tables().containsKey(table) && isCutAnew(group, current));
  }

  /// Whether the splits that are declared are not those in force, which may be finer by now.
  private boolean isCutAnew(Group group, ShardMap current) {
    OrderedKeys declared = splits.get(group.name());
    return declared != null
        && !(current.keySpaces().get(group.name()) instanceof OrderedKeys known && known.type() == declared.type() && known.joined().equals(declared.joined()));
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
if (!where.isEmpty() && place(table).equals(of(current).place(table))) {
        faults.add("splits would move rows of table " + table + ", which exists on " + new TreeSet<>(where) + " (expected: no splits, or those in force: "
            + inForce(table, current) + ")");
      } else if (!where.isEmpty()) {
        faults.add("table " + table + " is " + place(table) + ", and was " + of(current).place(table) + ", but it exists on " + new TreeSet<>(where)
            + " (expected: no such table; drop it with the topology as it was, then apply this one)");
      }
    }
    Map<String, KeySpace> spaces = new TreeMap<>();
    groups.values().forEach(group -> addCut(group, current, spaces, faults));
    spaces.values().stream().flatMap(space -> space.holders().stream()).distinct().sorted()
        .filter(owner -> !shards.containsKey(owner))
        .forEach(owner -> faults.add("shard " + owner + " owns ranges and is gone (expected: it to stay)"));
    ForeignMarks marks = marks(current, faults);
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
    ShardMap next = new ShardMap(current.version().next(), home, shards, groups, spaces, reference, unique, functions, marks);
    return next.sameContents(current) ? current : next;
  }

  /// Those of groups that stay as they are. A group that is cut anew has no rows.
  private ForeignMarks marks(ShardMap current, List<String> faults) {
    Set<String> kept = new TreeSet<>();
    groups.values().stream().filter(group -> isAlike(group, current)).forEach(group -> kept.add(group.name()));
    ForeignMarks marks = current.foreign().ofGroups(kept);
    marks.byGroup().forEach((group, all) -> all.stream().map(ForeignMark::shard).distinct().filter(shard -> !shards.containsKey(shard))
        .forEach(shard -> faults.add("shard " + shard + " holds rows of group " + group + " that are not cleaned yet, and is gone (expected: it to stay)")));
    return marks;
  }

  private boolean isAlike(Group group, ShardMap current) {
    Group before = current.groups().get(group.name());
    return before != null && before.strategy().word().equals(group.strategy().word()) && before.keyType() == group.keyType() && !isCutAnew(group, current);
  }

  private void addCut(Group group, ShardMap current, Map<String, KeySpace> spaces, List<String> faults) {
    KeySpace known = current.keySpaces().get(group.name());
    if (known == null || !isAlike(group, current)) {
      addFirstCut(group, spaces, faults);
    } else {
      spaces.put(group.name(), known instanceof KeyTable table ? table.over(shards.keySet()) : known);
    }
  }

  private static String inForce(TableName table, ShardMap current) {
    KeySpace space = current.groupOf(table).map(current::keySpace).orElse(null);
    if (!(space instanceof OrderedKeys ordered)) {
      return "none";
    }
    return ordered.joined().pieces().stream()
        .map(piece -> "{ " + (piece.until() == null ? "" : "until: \"" + piece.until() + "\", ") + "shard: " + piece.owner() + " }")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /// Where a table's rows are, in words that differ where the places do.
  private String place(TableName table) {
    if (reference.contains(table)) {
      return "a reference table";
    }
    for (Group group : groups.values()) {
      Optional<String> column = group.keyColumn(table);
      if (column.isPresent()) {
        return "in group " + group.name() + " by " + group.strategy().word() + " of " + column.get() + ", of type " + group.keyType().word();
      }
    }
    return "not declared";
  }
}
