package io.shardgate.directory;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Maps for tests.
final class MapExamples {
  private MapExamples() {}

  static Map<ShardId, Shard> shards(int... weights) {
    Map<ShardId, Shard> shards = new TreeMap<>();
    for (int i = 0; i < weights.length; i++) {
      ShardId id = new ShardId("s" + (i + 1));
      shards.put(id, new Shard(id, Endpoint.parse("postgresql://127.0.0.1:" + (55431 + i) + "/app"), weights[i], Map.of()));
    }
    return shards;
  }

  static ShardMap fourShards() {
    return firstMap(topology(shards(1, 1, 1, 1)));
  }

  static ShardMap firstMap(Topology topology) {
    try {
      return topology.toMap(MapVersion.FIRST);
    } catch (TopologyException e) {
      throw new AssertionError(e);
    }
  }

  static Topology topology(Map<ShardId, Shard> shards) {
    Group customer = new Group("customer", new Strategy.Hash(), KeyType.BIGINT,
        Map.of(TableName.parse("customers"), "id", TableName.parse("orders"), "customer_id"));
    Group tenant = new Group("tenant", new Strategy.Hash(), KeyType.TEXT, Map.of(TableName.parse("crm.documents"), "tenant"));
    return new Topology(new ShardId("s2"), shards, Map.of("customer", customer, "tenant", tenant), Map.of(),
        Set.of(TableName.parse("countries")),
        Map.of(TableName.parse("orders"), List.of(List.of("id"))),
        Map.of("public.price_of", FunctionRule.LOCAL));
  }
}
