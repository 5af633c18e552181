package io.shardgate.directory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads the shards of a topology, and which of them is home.
/// Not thread-safe; owned by the reader of one text.
final class ShardsReader {
  private static final Set<String> SHARD_KEYS = Set.of("primary", "weight", "labels");

  private final YamlText yaml;
  private final Map<ShardId, Shard> shards = new TreeMap<>();

  ShardsReader(YamlText yaml) {
    this.yaml = yaml;
  }

  Map<ShardId, Shard> shards() {
    return shards;
  }

  /// The dev cluster's own home; its shards are taken over.
  @Nullable ShardId ofDev(Map<String, YamlText.Entry> top, DevShards devShards) {
    for (String own : List.of("home", "shards")) {
      YamlText.Entry entry = top.get(own);
      if (entry != null) {
        yaml.fault(entry.key(), own + " is given (expected: none here, the dev cluster brings its own shards "
            + devShards.shards().keySet() + " with home " + devShards.home() + ")");
      }
    }
    shards.putAll(devShards.shards());
    return devShards.home();
  }

  /// The home that the text names, null after a fault; its shards are taken over.
  @Nullable ShardId read(Node root, Map<String, YamlText.Entry> top) {
    YamlText.Entry shardsEntry = top.get("shards");
    if (shardsEntry == null) {
      yaml.fault(root, "no shards (expected: shards: { s1: { primary: \"postgresql://host:port/database\" } })");
    } else {
      yaml.each(shardsEntry, "shards", this::shard);
      if (yaml.isEmptyMapping(shardsEntry.value())) {
        yaml.fault(shardsEntry.value(), "shards is empty (expected: at least one shard)");
      }
    }
    YamlText.Entry homeEntry = top.get("home");
    if (homeEntry == null) {
      yaml.fault(root, "no home (expected: home: and the name of a shard)");
      return null;
    }
    String name = yaml.scalar(homeEntry.value(), "home", "the name of a shard").orElse(null);
    boolean known = name != null && ShardId.isValid(name) && (shards.containsKey(new ShardId(name)) || namedShard(shardsEntry, name));
    if (name != null && !known) {
      yaml.fault(homeEntry.value(), "home is " + name + " (expected: one of " + shards.keySet() + ")");
    }
    return known && name != null ? new ShardId(name) : null;
  }

  /// Whether the text names such a shard, even one with faults of its own, which are told elsewhere.
  private boolean namedShard(YamlText.@Nullable Entry shardsEntry, String name) {
    return shardsEntry != null && yaml.hasKey(shardsEntry.value(), name);
  }

  private void shard(String name, YamlText.Entry entry) {
    if (!ShardId.isValid(name)) {
      yaml.fault(entry.key(), "shard is named " + name + " (expected: 1 to 32 letters, digits, _ or -)");
      return;
    }
    Map<String, YamlText.Entry> fields = yaml.mapping(entry.value(), "shard " + name, SHARD_KEYS);
    int weight = weight(name, fields.get("weight"));
    Map<String, String> labels = new LinkedHashMap<>();
    yaml.each(fields.get("labels"), "labels of shard " + name, (label, value) ->
        yaml.scalar(value.value(), "label " + label, "a word").ifPresent(word -> labels.put(label, word)));
    YamlText.Entry primary = fields.get("primary");
    if (primary == null) {
      yaml.fault(entry.key(), "shard " + name + " has no primary (expected: primary: \"postgresql://host:port/database\")");
      return;
    }
    endpoint(name, primary).ifPresent(endpoint -> {
      ShardId id = new ShardId(name);
      sameServer(endpoint).ifPresent(other ->
          yaml.fault(primary.value(), "shard " + name + " is the same database as shard " + other + " (expected: one of its own)"));
      shards.put(id, new Shard(id, endpoint, weight, labels));
    });
  }

  private Optional<Endpoint> endpoint(String shard, YamlText.Entry primary) {
    Optional<String> url = yaml.scalar(primary.value(), "primary of shard " + shard, "a URL");
    if (url.isEmpty()) {
      return Optional.empty();
    }
    try {
      Endpoint endpoint = Endpoint.parse(url.get());
      if (endpoint.engine() != Engine.POSTGRESQL) {
        yaml.fault(primary.value(), "shard " + shard + " is on a " + endpoint.engine().scheme()
            + ":// server, which is not supported yet (expected: postgresql://host:port/database)");
        return Optional.empty();
      }
      return Optional.of(endpoint);
    } catch (IllegalArgumentException e) {
      yaml.fault(primary.value(), "primary of shard " + shard + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<ShardId> sameServer(Endpoint endpoint) {
    return shards.values().stream()
        .filter(shard -> shard.primary().host().equalsIgnoreCase(endpoint.host())
            && shard.primary().port() == endpoint.port()
            && shard.primary().database().equals(endpoint.database()))
        .map(Shard::id)
        .findFirst();
  }

  private int weight(String shard, YamlText.@Nullable Entry entry) {
    if (entry == null) {
      return 1;
    }
    String expected = "a whole number from 1 to " + Shard.MAX_WEIGHT;
    String text = yaml.scalar(entry.value(), "weight of shard " + shard, expected).orElse("1");
    if (text.matches("[0-9]{1,5}")) {
      int weight = Integer.parseInt(text);
      if (weight >= 1 && weight <= Shard.MAX_WEIGHT) {
        return weight;
      }
    }
    yaml.fault(entry.value(), "weight of shard " + shard + " is " + text + " (expected: " + expected + ")");
    return 1;
  }
}
