package io.shardgate.directory;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads how a group of strategy *directory* places new keys: `place: least-loaded`, `place: hash`, or
/// `place: { label: region, column: region }`, which is least-loaded among the shards with that label.
/// Not thread-safe; owned by one [TopologyReader].
final class PlaceReader {
  private static final Set<String> KEYS = Set.of("label", "column");
  private static final String EXPECTED = "least-loaded, hash, or { label: name, column: name }";

  private final YamlText yaml;
  private final Map<ShardId, Shard> shards;

  PlaceReader(YamlText yaml, Map<ShardId, Shard> shards) {
    this.yaml = yaml;
    this.shards = shards;
  }

  /// The placement; what is missing or faulty, and told, counts as the default.
  Placement read(String group, YamlText.@Nullable Entry entry) {
    if (entry == null) {
      return Placement.DEFAULT;
    }
    if (yaml.isMapping(entry.value())) {
      return new Placement(Placement.Policy.LEAST_LOADED, rule(group, entry.value()));
    }
    String word = yaml.scalar(entry.value(), "place of group " + group, EXPECTED).orElse(null);
    Optional<Placement.Policy> policy = word == null ? Optional.empty() : Placement.Policy.of(word);
    if (word != null && policy.isEmpty()) {
      yaml.fault(entry.value(), "place of group " + group + " is " + word + " (expected: " + EXPECTED + ")");
    }
    return policy.map(known -> new Placement(known, null)).orElse(Placement.DEFAULT);
  }

  private Placement.@Nullable LabelRule rule(String group, Node node) {
    Map<String, YamlText.Entry> fields = yaml.mapping(node, "place of group " + group, KEYS);
    String label = word(group, node, "label", fields.get("label"));
    String column = word(group, node, "column", fields.get("column"));
    YamlText.Entry labelEntry = fields.get("label");
    if (label != null && labelEntry != null && shards.values().stream().noneMatch(shard -> shard.labels().containsKey(label))) {
      yaml.fault(labelEntry.value(), "label " + label + " of group " + group + " is on no shard (expected: " + labels() + ")");
    }
    return label == null || column == null ? null : new Placement.LabelRule(label, column);
  }

  private String labels() {
    Set<String> names = new TreeSet<>();
    shards.values().forEach(shard -> names.addAll(shard.labels().keySet()));
    return names.isEmpty() ? "labels: { name: value } at the shards" : "one of " + names;
  }

  private @Nullable String word(String group, Node place, String name, YamlText.@Nullable Entry entry) {
    if (entry == null) {
      yaml.fault(place, "place of group " + group + " has no " + name + " (expected: " + EXPECTED + ")");
      return null;
    }
    String expected = "the name of a " + name;
    boolean column = name.equals("column");
    String what = name + " of group " + group;
    String word = (column ? yaml.name(entry.value(), what, expected) : yaml.scalar(entry.value(), what, expected)).orElse(null);
    if (word != null && word.isEmpty()) {
      yaml.fault(entry.value(), what + " is empty (expected: " + expected + ")");
      return null;
    }
    return word;
  }
}
