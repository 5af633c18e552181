package io.shardgate.directory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads where a group of strategy *range* is cut: `splits: [{ until: "2026-01-01", shard: s1 }, { shard: s2 }]`. `until` is exclusive, the
/// last split has none.
/// Not thread-safe; owned by one [TopologyReader].
final class SplitsReader {
  private static final Set<String> KEYS = Set.of("until", "shard");

  static final int MAX_SPLITS = KeySpace.MAX_PIECES;

  private final YamlText yaml;
  private final Map<ShardId, Shard> shards;

  SplitsReader(YamlText yaml, Map<ShardId, Shard> shards) {
    this.yaml = yaml;
    this.shards = shards;
  }

  /// The cut, empty when it has faults.
  Optional<OrderedKeys> read(String group, KeyType type, Node list) {
    List<Node> items = yaml.list(list, "splits of group " + group, "a list of { until: key, shard: name }");
    if (items.isEmpty() || items.size() > MAX_SPLITS) {
      yaml.fault(list, "splits of group " + group + " has " + items.size() + " entries (expected: 1 to " + MAX_SPLITS + ")");
      return Optional.empty();
    }
    List<KeyRange> ranges = new ArrayList<>();
    KeyValue from = null;
    boolean whole = true;
    for (int i = 0; i < items.size(); i++) {
      Split split = split(group, type, items.get(i), i + 1 == items.size());
      boolean ascending = from == null || split.until == null || KeyOrder.INSTANCE.compare(from, split.until) < 0;
      if (!ascending) {
        yaml.fault(items.get(i), "until " + split.until + " of group " + group + " is not above " + from + " (expected: ascending keys)");
      }
      ShardId shard = split.shard;
      whole &= split.whole && ascending && shard != null;
      if (whole && shard != null) {
        ranges.add(new KeyRange(from, shard));
      }
      from = split.until == null ? from : split.until;
    }
    return whole ? Optional.of(new OrderedKeys(type, ranges)) : Optional.empty();
  }

  private record Split(@Nullable KeyValue until, @Nullable ShardId shard, boolean whole) {}

  private Split split(String group, KeyType type, Node item, boolean last) {
    Map<String, YamlText.Entry> fields = yaml.mapping(item, "a split of group " + group, KEYS);
    ShardId shard = shard(group, item, fields.get("shard"));
    YamlText.Entry until = fields.get("until");
    if (last) {
      if (until != null) {
        yaml.fault(until.key(), "the last split of group " + group + " has until (expected: none, it has all keys above)");
      }
      return new Split(null, shard, until == null);
    }
    if (until == null) {
      yaml.fault(item, "a split of group " + group + " has no until (expected: the first key that is not in it)");
      return new Split(null, shard, false);
    }
    Optional<KeyValue> key = yaml.scalar(until.value(), "until", "a " + type.word()).flatMap(text -> key(type, text));
    if (key.isEmpty()) {
      yaml.fault(until.value(), "until of group " + group + " is no " + type.word() + " (expected: " + example(type) + ")");
    }
    return new Split(key.orElse(null), shard, key.isPresent());
  }

  private @Nullable ShardId shard(String group, Node item, YamlText.@Nullable Entry entry) {
    if (entry == null) {
      yaml.fault(item, "a split of group " + group + " has no shard (expected: shard: and the name of a shard)");
      return null;
    }
    String name = yaml.scalar(entry.value(), "shard of a split", "the name of a shard").orElse(null);
    if (name == null) {
      return null;
    }
    if (!ShardId.isValid(name) || !shards.containsKey(new ShardId(name))) {
      yaml.fault(entry.value(), "a split of group " + group + " is on shard " + name + " (expected: one of " + shards.keySet() + ")");
      return null;
    }
    return new ShardId(name);
  }

  /// A bound of a timestamptz without a zone is in UTC.
  private static Optional<KeyValue> key(KeyType type, String text) {
    List<String> spellings = type == KeyType.TIMESTAMPTZ ? List.of(text, text + "Z", text + " 00:00Z") : List.of(text);
    for (String spelling : spellings) {
      if (KeyText.read(type, spelling.getBytes(StandardCharsets.UTF_8)) instanceof KeyText.Reading.Key(KeyValue value)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private static String example(KeyType type) {
    return switch (type) {
      case BIGINT -> "a whole number such as 1000000";
      case TEXT -> "a text such as \"m\"";
      case UUID -> "such as \"80000000-0000-0000-0000-000000000000\"";
      case DATE -> "such as \"2026-01-01\"";
      case TIMESTAMP -> "such as \"2026-01-01 00:00\"";
      case TIMESTAMPTZ -> "such as \"2026-01-01 00:00Z\"";
      case NUMERIC -> "a number such as 0.5";
    };
  }
}
