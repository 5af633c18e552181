package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The versioned assignment of every key of every group to one shard, and what else the topology says of tables.
/// Immutable, but for the keys of groups of strategy *directory*, which its later versions share ([KeyTable]).
///
/// Every key of a group has exactly one owner (invariant 1): a group has the key space of its strategy, and each owner is a shard of this
/// map. The constructor checks it.
public final class ShardMap {
  private final MapVersion version;
  private final ShardId home;
  private final Map<ShardId, Shard> shards;
  private final Map<String, Group> groups;
  private final Map<String, KeySpace> keySpaces;
  private final Set<TableName> reference;
  private final Map<TableName, List<List<String>>> unique;
  private final Map<String, FunctionRule> functions;
  private final ForeignMarks foreign;
  private final Set<TableName> closed;

  private final Set<ShardId> allShards;
  private final Map<TableName, Group> groupByTable = new HashMap<>();
  private final Map<String, KeySpace> spaceByGroup;

  /// A map without foreign marks.
  public ShardMap(
      MapVersion version,
      ShardId home,
      Map<ShardId, Shard> shards,
      Map<String, Group> groups,
      Map<String, KeySpace> keySpaces,
      Set<TableName> reference,
      Map<TableName, List<List<String>>> unique,
      Map<String, FunctionRule> functions) {
    this(version, home, shards, groups, keySpaces, reference, unique, functions, ForeignMarks.NONE);
  }

  /// `unique` lists, per table, column lists whose uniqueness the application or our sequences vouch for. `functions` is keyed
  /// by `schema.name`, a name without a schema being in `public`.
  public ShardMap(
      MapVersion version,
      ShardId home,
      Map<ShardId, Shard> shards,
      Map<String, Group> groups,
      Map<String, KeySpace> keySpaces,
      Set<TableName> reference,
      Map<TableName, List<List<String>>> unique,
      Map<String, FunctionRule> functions,
      ForeignMarks foreign) {
    this(version, home, shards, groups, keySpaces, reference, unique, functions, foreign, Set.of());
  }

  /// The same with names that are closed.
  public ShardMap(
      MapVersion version,
      ShardId home,
      Map<ShardId, Shard> shards,
      Map<String, Group> groups,
      Map<String, KeySpace> keySpaces,
      Set<TableName> reference,
      Map<TableName, List<List<String>>> unique,
      Map<String, FunctionRule> functions,
      ForeignMarks foreign,
      Set<TableName> closed) {
    this.version = version;
    this.home = home;
    this.shards = Collections.unmodifiableMap(new TreeMap<>(shards));
    this.groups = Collections.unmodifiableMap(new TreeMap<>(groups));
    this.keySpaces = Collections.unmodifiableMap(new TreeMap<>(keySpaces));
    this.reference = Collections.unmodifiableSet(new TreeSet<>(reference));
    this.unique = copyOfLists(unique);
    this.functions = Collections.unmodifiableMap(new TreeMap<>(functions));
    this.foreign = foreign;
    this.closed = Collections.unmodifiableSet(new TreeSet<>(closed));
    this.spaceByGroup = new HashMap<>(keySpaces);
    checkShards();
    groups.forEach(this::admit);
    if (!groups.keySet().equals(keySpaces.keySet())) {
      throw new IllegalArgumentException("ranges: of " + keySpaces.keySet() + " (expected: of " + groups.keySet() + ")");
    }
    foreign.check(this.shards, this.groups, this.keySpaces);
    Set<ShardId> inOrder = new LinkedHashSet<>();
    inOrder.add(home);
    inOrder.addAll(this.shards.keySet());
    this.allShards = Collections.unmodifiableSet(inOrder);
  }

  private static <K extends Comparable<K>, V> Map<K, List<V>> copyOfLists(Map<K, List<V>> source) {
    Map<K, List<V>> copy = new TreeMap<>();
    source.forEach((key, list) -> copy.put(key, List.copyOf(list)));
    return Collections.unmodifiableMap(copy);
  }

  private void checkShards() {
    if (!shards.containsKey(home)) {
      throw new IllegalArgumentException("home: " + home + " (expected: one of " + shards.keySet() + ")");
    }
    shards.forEach((id, shard) -> {
      if (!shard.id().equals(id)) {
        throw new IllegalArgumentException("shard " + shard.id() + " stands under the name " + id);
      }
    });
  }

  private void admit(String name, Group group) {
    if (!group.name().equals(name)) {
      throw new IllegalArgumentException("group " + group.name() + " stands under the name " + name);
    }
    for (TableName table : group.tables().keySet()) {
      if (groupByTable.put(table, group) != null || reference.contains(table)) {
        throw new IllegalArgumentException("table " + table + " is declared twice");
      }
    }
    checkSpace(group);
  }

  private void checkSpace(Group group) {
    KeySpace space = keySpaces.get(group.name());
    if (space == null) {
      throw new IllegalArgumentException("group " + group.name() + " has no ranges");
    }
    boolean fits =
        switch (group.strategy()) {
          case Strategy.Hash _ -> space instanceof HashRing;
          case Strategy.Range _ -> space instanceof OrderedKeys ordered && ordered.type() == group.keyType();
          case Strategy.Directory _ -> space instanceof KeyTable table && table.type() == group.keyType();
        };
    if (!fits) {
      throw new IllegalArgumentException("group " + group.name() + " has the ranges of another strategy or key type");
    }
    for (ShardId owner : space.owners()) {
      if (!shards.containsKey(owner)) {
        throw new IllegalArgumentException("group " + group.name() + " has a range on an unknown shard: " + owner);
      }
    }
  }

  /// The one shard that owns this key; null when only the directory can tell. Hot path: allocates nothing. Throws
  /// [IllegalArgumentException] for a key of another type than the group's, and for a group of another map.
  public @Nullable ShardId ownerOf(Group group, KeyValue key) {
    if (key.type() != group.keyType()) {
      throw new IllegalArgumentException("key type: " + key.type() + " (expected: " + group.keyType() + ")");
    }
    return keySpace(group).ownerOf(key);
  }

  /// How the group's keys are divided. Hot path: allocates nothing. Throws [IllegalArgumentException] for a group of another map.
  public KeySpace keySpace(Group group) {
    KeySpace space = spaceByGroup.get(group.name());
    if (space == null) {
      throw new IllegalArgumentException("group: " + group.name() + " (expected: one of " + groups.keySet() + ")");
    }
    return space;
  }

  /// The group that shards this table; empty for reference and home tables.
  public Optional<Group> groupOf(TableName table) {
    return Optional.ofNullable(groupByTable.get(table));
  }

  public boolean isReference(TableName table) {
    return reference.contains(table);
  }

  /// Every shard in the one order in which multi-shard writes visit them: home first, then by id.
  public Set<ShardId> allShards() {
    return allShards;
  }

  public Shard shard(ShardId id) {
    Shard shard = shards.get(id);
    if (shard == null) {
      throw new IllegalArgumentException("shard: " + id + " (expected: one of " + shards.keySet() + ")");
    }
    return shard;
  }

  /// Whether these columns of the table are unique over all shards because the topology vouches for it. Order doesn't count.
  public boolean vouchedUnique(TableName table, Set<String> columns) {
    return unique.getOrDefault(table, List.of()).stream().anyMatch(list -> Set.copyOf(list).equals(columns));
  }

  /// What the topology says about a function of this name.
  public Optional<FunctionRule> functionRule(String schema, String name) {
    return Optional.ofNullable(functions.get(functionKey(schema, name)));
  }

  static String functionKey(String schema, String name) {
    return schema + "." + name;
  }

  public MapVersion version() {
    return version;
  }

  public ShardId home() {
    return home;
  }

  public Map<ShardId, Shard> shards() {
    return shards;
  }

  public Map<String, Group> groups() {
    return groups;
  }

  /// By the groups' names.
  public Map<String, KeySpace> keySpaces() {
    return keySpaces;
  }

  public Set<TableName> reference() {
    return reference;
  }

  public Map<TableName, List<List<String>>> unique() {
    return unique;
  }

  public Map<String, FunctionRule> functions() {
    return functions;
  }

  /// Rows that shards hold and do not own: whatever is sent there without keys has to leave them out.
  public ForeignMarks foreign() {
    return foreign;
  }

  /// Names under which no table is made, while it is being decided where tables of that name are: nothing that was planned under this version
  /// makes one.
  public Set<TableName> closed() {
    return closed;
  }

  /// The next version, with other names closed.
  public ShardMap withClosed(Set<TableName> names) {
    return new ShardMap(version.next(), home, shards, groups, keySpaces, reference, unique, functions, foreign, names);
  }

  /// The next version, with other foreign marks.
  public ShardMap withForeign(ForeignMarks marks) {
    return new ShardMap(version.next(), home, shards, groups, keySpaces, reference, unique, functions, marks, closed);
  }

  /// The same map under another version.
  public ShardMap withVersion(MapVersion newVersion) {
    return new ShardMap(newVersion, home, shards, groups, keySpaces, reference, unique, functions, foreign, closed);
  }

  /// The next version, in which a group's keys are divided otherwise.
  public ShardMap withKeySpace(String group, KeySpace space) {
    Map<String, KeySpace> spaces = new TreeMap<>(keySpaces);
    spaces.put(group, space);
    return withSpaces(spaces).withVersion(version.next());
  }

  /// The same map, in which groups of strategy *directory* have the keys that they have in `known`.
  public ShardMap withKeysOf(ShardMap known) {
    Map<String, KeySpace> spaces = new TreeMap<>(keySpaces);
    spaces.replaceAll((name, space) ->
        space instanceof KeyTable table && known.keySpaces.get(name) instanceof KeyTable before && before.type() == table.type()
            ? before.over(shards.keySet())
            : space);
    return withSpaces(spaces);
  }

  /// The same map with other key spaces.
  public ShardMap withSpaces(Map<String, KeySpace> spaces) {
    return new ShardMap(version, home, shards, groups, spaces, reference, unique, functions, foreign, closed);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ShardMap that && version.equals(that.version) && sameContents(that);
  }

  /// Equal but for the version.
  public boolean sameContents(ShardMap that) {
    return home.equals(that.home)
        && shards.equals(that.shards)
        && groups.equals(that.groups)
        && keySpaces.equals(that.keySpaces)
        && reference.equals(that.reference)
        && unique.equals(that.unique)
        && functions.equals(that.functions)
        && foreign.equals(that.foreign)
        && closed.equals(that.closed);
  }

  @Override
  public int hashCode() {
    return Objects.hash(version, home, shards, groups, keySpaces, reference, unique, functions, foreign, closed);
  }

  @Override
  public String toString() {
    return "ShardMap " + version + " of " + shards.keySet() + ", home " + home + ", groups " + groups.keySet();
  }
}
