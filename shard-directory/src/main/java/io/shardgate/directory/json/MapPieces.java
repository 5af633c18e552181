package io.shardgate.directory.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.ForeignMarks;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Strategy;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A shard map as JSON texts by name, so that a change of one group or shard writes its texts only. Immutable.
///
///     cluster         home, reference tables, uniqueness and functions that the topology vouches for
///     shards/<id>     URL, weight, labels
///     groups/<name>   strategy, key type, tables
///     maps/<group>    ranges and owners; none for strategy *directory*, whose keys are kept apart
///     foreign/<group> what of it shards hold and do not own; only where there is something
///
/// The version is no part of them: the store keeps it where one write settles all.
public record MapPieces(SortedMap<String, String> texts) {
  public static final String CLUSTER = "cluster";
  public static final String SHARDS = "shards/";
  public static final String GROUPS = "groups/";
  public static final String MAPS = "maps/";
  public static final String FOREIGN = "foreign/";

  private static final ObjectMapper JSON = new ObjectMapper();

  public MapPieces {
    texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts));
  }

  public static MapPieces of(ShardMap map) {
    SortedMap<String, String> texts = new TreeMap<>();
    texts.put(CLUSTER, text(node -> MapJson.writeCluster(node, map)));
    map.shards().forEach((id, shard) -> texts.put(SHARDS + id, text(node -> MapJson.writeShard(node, shard))));
    map.groups().forEach((name, group) -> {
      texts.put(GROUPS + name, text(node -> MapJson.writeGroup(node, group)));
      if (!(map.keySpace(group) instanceof KeyTable)) {
        texts.put(MAPS + name, text(node -> MapJson.writeSpace(node, map.keySpace(group))));
      }
      if (!map.foreign().of(name).isEmpty()) {
        texts.put(FOREIGN + name, text(node -> MapJson.writeForeign(node, map.foreign().of(name))));
      }
    });
    return new MapPieces(texts);
  }

  private static String text(Consumer<ObjectNode> writer) {
    ObjectNode node = JSON.createObjectNode();
    writer.accept(node);
    return node.toString();
  }

  /// Whether a name is one that a piece can have.
  public static boolean isPiece(String name) {
    return name.equals(CLUSTER) || name.startsWith(SHARDS) || name.startsWith(GROUPS) || name.startsWith(MAPS) || name.startsWith(FOREIGN);
  }

  /// Puts the pieces together. Throws [IOException] that names the piece, or the rule that they break together: a gap, an overlap, a range
  /// on a shard that is not there.
  public ShardMap toMap(MapVersion version) throws IOException {
    Map<ShardId, Shard> shards = new TreeMap<>();
    Map<String, Group> groups = new TreeMap<>();
    Map<String, KeySpace> spaces = new TreeMap<>();
    for (Map.Entry<String, String> piece : texts.entrySet()) {
      String name = piece.getKey();
      read(name, piece.getValue(), node -> {
        if (name.startsWith(SHARDS)) {
          ShardId id = new ShardId(name.substring(SHARDS.length()));
          shards.put(id, MapJson.readShard(id, node));
        } else if (name.startsWith(GROUPS)) {
          String group = name.substring(GROUPS.length());
          groups.put(group, MapJson.readGroup(group, node));
        }
      });
    }
    for (Map.Entry<String, Group> group : groups.entrySet()) {
      boolean ofKeys = group.getValue().strategy() instanceof Strategy.Directory;
      String name = (ofKeys ? GROUPS : MAPS) + group.getKey();
      read(name, texts.get(name), node -> spaces.put(group.getKey(), MapJson.readSpace(group.getValue(), node, shards.keySet())));
    }
    ForeignMarks foreign = foreign(groups);
    ShardMap[] map = new ShardMap[1];
    read(CLUSTER, texts.get(CLUSTER), node -> map[0] = MapJson.readCluster(node, version, shards, groups, spaces, foreign));
    return map[0];
  }

  private ForeignMarks foreign(Map<String, Group> groups) throws IOException {
    SortedMap<String, List<ForeignMark>> foreign = new TreeMap<>();
    for (Map.Entry<String, String> piece : texts.entrySet()) {
      if (piece.getKey().startsWith(FOREIGN)) {
        String name = piece.getKey().substring(FOREIGN.length());
        Group group = groups.get(name);
        if (group == null) {
          throw new IOException(piece.getKey() + ": group " + name + " (expected: one of " + groups.keySet() + ")");
        }
        read(piece.getKey(), piece.getValue(), node -> foreign.put(name, MapJson.readForeign(group, node)));
      }
    }
    return new ForeignMarks(foreign);
  }

  private static void read(String name, @Nullable String text, Consumer<JsonNode> reader) throws IOException {
    if (text == null) {
      throw new IOException(name + " is missing");
    }
    try {
      reader.accept(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      throw new IOException(name + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }
}
