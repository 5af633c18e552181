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

  /// A first map, where no table is there yet: every group's key space is cut afresh, a ring over all shards by weight.
  ///
  /// Throws [TopologyException] when a group of strategy *range* does not say its splits.
  public ShardMap toMap(MapVersion version) throws TopologyException {
    return toMap(version, ExistingTables.NONE);
  }

  /// A first map: a group whose tables have rows begins wholly on the shard that they are on, the others are cut afresh.
  ///
  /// Throws [TopologyException] also when rows of a group are on several shards.
  ///
  /// @param existing which of the [#tables] exist, and where
  public ShardMap toMap(MapVersion version, ExistingTables existing) throws TopologyException {
    List<String> faults = new ArrayList<>();
    Map<String, KeySpace> spaces = new TreeMap<>();
    groups.values().forEach(group -> addFirstCut(group, group.tables().keySet(), existing, spaces, faults));
    for (TableName table : reference) {
      Set<ShardId> where = existing.where(table);
      boolean alike = where.equals(shards.keySet()) && existing.rows().getOrDefault(table, Map.of()).values().stream().distinct().count() == 1;
      if (!where.isEmpty() && !alike) {
        faults.add("reference table " + table + " is on " + where + " (" + existing.counts(Set.of(table)) + ") (expected: the same rows on every shard, or no such table)");
      }
    }
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
    return new ShardMap(version, home, shards, groups, spaces, reference, unique, functions);
  }

  /// Every table that is declared.
  public Set<TableName> tables() {
    Set<TableName> all = new TreeSet<>(reference);
    groups.values().forEach(group -> all.addAll(group.tables().keySet()));
    return all;
  }

  private void addFirstCut(Group group, Set<TableName> added, ExistingTables existing, Map<String, KeySpace> spaces, List<String> faults) {
    new Adoption(group, added, home, existing)
        .firstCut(splits.get(group.name()), shards.values(), faults)
        .ifPresent(cut -> spaces.put(group.name(), cut));
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
    Set<TableName> all = new TreeSet<>(tables());
    all.addAll(before.tables());
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
  /// afresh, or begin where their tables are. The version is `current`'s when nothing changed, else the next.
  ///
  /// Throws when rows would be left behind: a table that exists and changes its place, a shard that goes while it owns ranges, another
  /// home. Those need the rows moved first.
  ///
  /// @param existing which of the [#replaced] tables exist, and where
  public ShardMap after(ShardMap current, ExistingTables existing) throws TopologyException {
    List<String> faults = new ArrayList<>();
    if (!current.home().equals(home)) {
      faults.add("home is " + home + " (expected: " + current.home() + ", which holds the home tables)");
    }
    for (TableName table : replaced(current)) {
      Set<ShardId> where = existing.where(table);
      if (!where.isEmpty() && place(table).equals(of(current).place(table))) {
        faults.add("splits would move rows of table " + table + ", which exists on " + where + " (expected: no splits, or those in force: "
            + inForce(table, current) + ")");
      } else if (!where.isEmpty() && !isAdopted(table, current)) {
        faults.add("table " + table + " is " + place(table) + ", and was " + of(current).place(table) + ", but it exists on " + where
            + " (expected: no such table; drop it with the topology as it was, then apply this one)");
      }
    }
    Map<String, KeySpace> spaces = new TreeMap<>();
    groups.values().forEach(group -> addCut(group, current, existing, spaces, faults));
    spaces.values().stream().flatMap(space -> space.holders().stream()).distinct().sorted()
        .filter(owner -> !shards.containsKey(owner))
        .forEach(owner -> faults.add("shard " + owner + " owns ranges and is gone (expected: it to stay until its rows were moved)"));
    ForeignMarks marks = marks(current, faults);
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
    ShardMap next = new ShardMap(current.version().next(), home, shards, groups, spaces, reference, unique, functions, marks);
    return next.sameContents(current) ? current : next;
  }

  /// Those of groups that stay as they are. A group that is cut anew has no rows, or they are where it begins.
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

  /// Whether a table that was nowhere declared becomes one of a group.
  private boolean isAdopted(TableName table, ShardMap current) {
    boolean declared = current.groupOf(table).isPresent() || current.isReference(table);
    return !declared && !reference.contains(table);
  }

  private void addCut(Group group, ShardMap current, ExistingTables existing, Map<String, KeySpace> spaces, List<String> faults) {
    Set<TableName> added = new TreeSet<>(group.tables().keySet());
    added.removeIf(table -> !isAdopted(table, current));
    KeySpace known = current.keySpaces().get(group.name());
    if (known == null || !isAlike(group, current)) {
      addFirstCut(group, added, existing, spaces, faults);
    } else {
      spaces.put(group.name(), known instanceof KeyTable table ? table.over(shards.keySet()) : known);
      new Adoption(group, added, home, existing).checkAgainst(known, faults);
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
