package io.shardgate.directory;

import java.util.Collections;
import java.util.List;
import java.util.Map;
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
}
