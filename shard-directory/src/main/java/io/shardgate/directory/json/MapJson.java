package io.shardgate.directory.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.Extent;
import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.ForeignMarks;
import io.shardgate.directory.FunctionRule;
import io.shardgate.directory.Group;
import io.shardgate.directory.HashRange;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.KeyRange;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyText;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.OrderedKeys;
import io.shardgate.directory.Placement;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Strategy;
import io.shardgate.directory.TableName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A shard map as one JSON text, and back; [MapPieces] has it in pieces. Ring positions and bounds are strings: JSON numbers above 2^53 get
/// lost in many tools.
public final class MapJson {
  /// Raised when a reader of the older form would misread the newer one.
  public static final int FORMAT = 1;

  private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private MapJson() {}

  public static byte[] write(ShardMap map) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT).put("version", map.version().value());
    ObjectNode shards = root.putObject("shards");
    map.shards().forEach((id, shard) -> writeShard(shards.putObject(id.value()), shard));
    ObjectNode groups = root.putObject("groups");
    map.groups().forEach((name, group) -> {
      ObjectNode node = groups.putObject(name);
      writeGroup(node, group);
      writeSpace(node, map.keySpace(group));
      if (!map.foreign().of(name).isEmpty()) {
        writeForeign(node, map.foreign().of(name));
      }
    });
    writeCluster(root, map);
    return (JSON.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  static void writeShard(ObjectNode node, Shard shard) {
    node.put("primary", shard.primary().toUri()).put("weight", shard.weight());
    ObjectNode labels = node.putObject("labels");
    new TreeMap<>(shard.labels()).forEach(labels::put);
  }

  /// What belongs to no shard and no group.
  static void writeCluster(ObjectNode root, ShardMap map) {
    root.put("home", map.home().value());
    ArrayNode reference = root.putArray("reference");
    map.reference().forEach(table -> reference.add(table.toString()));
    ObjectNode unique = root.putObject("unique");
    map.unique().forEach((table, lists) -> {
      ArrayNode outer = unique.putArray(table.toString());
      lists.forEach(columns -> columns.forEach(outer.addArray()::add));
    });
    ObjectNode functions = root.putObject("functions");
    map.functions().forEach((name, rule) -> functions.put(name, rule.word()));
    if (!map.closed().isEmpty()) {
      ArrayNode closed = root.putArray("closed");
      map.closed().forEach(table -> closed.add(table.toString()));
    }
  }

  static void writeGroup(ObjectNode node, Group group) {
    node.put("strategy", group.strategy().word()).put("key", group.keyType().word());
    ObjectNode tables = node.putObject("tables");
    new TreeMap<>(group.tables()).forEach((table, column) -> tables.put(table.toString(), column));
    if (group.strategy() instanceof Strategy.Directory(Placement place)) {
      writePlace(node.putObject("place"), place);
    }
  }

  /// Nothing for strategy *directory*, whose keys are kept apart.
  static void writeSpace(ObjectNode node, KeySpace space) {
    if (space instanceof KeyTable) {
      return;
    }
    ArrayNode ranges = node.putArray("ranges");
    space.pieces().forEach(piece -> ranges.addObject().put("from", piece.from()).put("owner", piece.owner().value()));
  }

  static void writeForeign(ObjectNode node, List<ForeignMark> marks) {
    ArrayNode all = node.putArray("foreign");
    for (ForeignMark mark : marks) {
      ObjectNode one = all.addObject().put("shard", mark.shard().value());
      switch (mark.extent()) {
        case Extent.Ring(long first, long last) -> one.put("first", Long.toString(first)).put("last", Long.toString(last));
        case Extent.Ordered(KeyValue from, KeyValue until) ->
            one.put("from", from == null ? null : from.toString()).put("until", until == null ? null : until.toString());
        case Extent.Single(KeyValue key) -> one.put("key", key.toString());
      }
    }
  }

  static List<ForeignMark> readForeign(Group group, JsonNode node) {
    return member(node, "foreign").valueStream().map(one -> new ForeignMark(new ShardId(member(one, "shard").asText()), extent(group, one))).toList();
  }

  private static Extent extent(Group group, JsonNode node) {
    return switch (group.strategy()) {
      case Strategy.Hash _ -> new Extent.Ring(Long.parseLong(member(node, "first").asText()), Long.parseLong(member(node, "last").asText()));
      case Strategy.Range _ -> new Extent.Ordered(bound(group.keyType(), member(node, "from")), bound(group.keyType(), member(node, "until")));
      case Strategy.Directory _ -> {
        KeyValue key = bound(group.keyType(), member(node, "key"));
        if (key == null) {
          throw new IllegalArgumentException("key: null (expected: a " + group.keyType().word() + ")");
        }
        yield new Extent.Single(key);
      }
    };
  }

  private static void writePlace(ObjectNode node, Placement place) {
    node.put("policy", place.policy().word());
    Placement.LabelRule rule = place.rule();
    if (rule != null) {
      node.put("label", rule.label()).put("column", rule.column());
    }
  }

  /// Throws [IOException] that names the source when the text is not a shard map.
  public static ShardMap read(String text, String source) throws IOException {
    try {
      return read(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      throw new IOException("directory file " + source + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException("directory file " + source + " is not a shard map: " + e.getMessage(), e);
    }
  }

  private static ShardMap read(JsonNode root) {
    checkFormat(root);
    Map<ShardId, Shard> shards = new TreeMap<>();
    member(root, "shards").properties().forEach(entry -> {
      ShardId id = new ShardId(entry.getKey());
      shards.put(id, readShard(id, entry.getValue()));
    });
    Map<String, Group> groups = new TreeMap<>();
    Map<String, KeySpace> spaces = new TreeMap<>();
    SortedMap<String, List<ForeignMark>> foreign = new TreeMap<>();
    member(root, "groups").properties().forEach(entry -> {
      Group group = readGroup(entry.getKey(), entry.getValue());
      groups.put(entry.getKey(), group);
      spaces.put(entry.getKey(), readSpace(group, entry.getValue(), shards.keySet()));
      if (entry.getValue().has("foreign")) {
        foreign.put(entry.getKey(), readForeign(group, entry.getValue()));
      }
    });
    return readCluster(root, new MapVersion(member(root, "version").asLong()), shards, groups, spaces, new ForeignMarks(foreign));
  }

  static void checkFormat(JsonNode root) {
    int format = member(root, "format").asInt();
    if (format != FORMAT) {
      throw new IllegalArgumentException("format: " + format + " (expected: " + FORMAT + ")");
    }
  }

  static ShardMap readCluster(
      JsonNode root, MapVersion version, Map<ShardId, Shard> shards, Map<String, Group> groups, Map<String, KeySpace> spaces, ForeignMarks foreign) {
    Set<TableName> reference = new TreeSet<>();
    member(root, "reference").forEach(table -> reference.add(TableName.parse(table.asText())));
    Map<TableName, List<List<String>>> unique = new TreeMap<>();
    member(root, "unique").properties().forEach(entry -> {
      List<List<String>> lists = new ArrayList<>();
      entry.getValue().forEach(list -> lists.add(list.valueStream().map(JsonNode::asText).toList()));
      unique.put(TableName.parse(entry.getKey()), lists);
    });
    Map<String, FunctionRule> functions = new TreeMap<>();
    member(root, "functions").properties().forEach(entry ->
        functions.put(entry.getKey(), FunctionRule.valueOf(entry.getValue().asText().toUpperCase(Locale.ROOT))));
    Set<TableName> closed = new TreeSet<>();
    if (root.has("closed")) {
      root.get("closed").forEach(table -> closed.add(TableName.parse(table.asText())));
    }
    ShardId home = new ShardId(member(root, "home").asText());
    return new ShardMap(version, home, shards, groups, spaces, reference, unique, functions, foreign, closed);
  }

  static JsonNode member(JsonNode node, String name) {
    JsonNode member = node == null ? null : node.get(name);
    if (member == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return member;
  }

  static Shard readShard(ShardId id, JsonNode node) {
    Map<String, String> labels = new TreeMap<>();
    member(node, "labels").properties().forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    return new Shard(id, Endpoint.parse(member(node, "primary").asText()), member(node, "weight").asInt(), labels);
  }

  static Group readGroup(String name, JsonNode node) {
    String word = member(node, "strategy").asText();
    Strategy strategy =
        switch (word) {
          case "hash" -> new Strategy.Hash();
          case "range" -> new Strategy.Range();
          case "directory" -> new Strategy.Directory(readPlace(member(node, "place")));
          default -> throw new IllegalArgumentException("strategy: " + word + " (expected: hash, range or directory)");
        };
    Map<TableName, String> tables = new TreeMap<>();
    member(node, "tables").properties().forEach(table -> tables.put(TableName.parse(table.getKey()), table.getValue().asText()));
    return new Group(name, strategy, KeyType.valueOf(member(node, "key").asText().toUpperCase(Locale.ROOT)), tables);
  }

  private static Placement readPlace(JsonNode node) {
    String word = member(node, "policy").asText();
    Placement.Policy policy =
        Placement.Policy.of(word).orElseThrow(() -> new IllegalArgumentException("policy: " + word + " (expected: least-loaded or hash)"));
    return new Placement(policy, node.has("label") ? new Placement.LabelRule(node.get("label").asText(), member(node, "column").asText()) : null);
  }

  /// Without the keys of strategy *directory*, which are kept apart.
  static KeySpace readSpace(Group group, JsonNode node, Set<ShardId> shards) {
    return switch (group.strategy()) {
      case Strategy.Hash _ ->
          new HashRing(ranges(node).map(range -> new HashRange(Long.parseLong(member(range, "from").asText()), owner(range))).toList());
      case Strategy.Range _ ->
          new OrderedKeys(group.keyType(), ranges(node).map(range -> new KeyRange(bound(group.keyType(), member(range, "from")), owner(range))).toList());
      case Strategy.Directory _ -> new KeyTable(group.keyType(), shards);
    };
  }

  private static Stream<JsonNode> ranges(JsonNode node) {
    return member(node, "ranges").valueStream();
  }

  private static ShardId owner(JsonNode range) {
    return new ShardId(member(range, "owner").asText());
  }

  private static @Nullable KeyValue bound(KeyType type, JsonNode from) {
    if (from.isNull()) {
      return null;
    }
    if (KeyText.read(type, from.asText().getBytes(StandardCharsets.UTF_8)) instanceof KeyText.Reading.Key(KeyValue value)) {
      return value;
    }
    throw new IllegalArgumentException("key: " + from.asText() + " (expected: a " + type.word() + ")");
  }
}
