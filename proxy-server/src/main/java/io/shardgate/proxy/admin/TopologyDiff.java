package io.shardgate.proxy.admin;

import io.shardgate.directory.Group;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// What is different between two maps, for people and programs. Passwords are masked.
final class TopologyDiff {
  static final List<String> COLUMNS = List.of("change", "kind", "name", "before", "after");

  private TopologyDiff() {}

  /// Rows of [#COLUMNS], the map's version last; none where nothing differs.
  static List<List<String>> between(ShardMap before, ShardMap after) {
    List<List<String>> rows = new ArrayList<>();
    if (before.equals(after)) {
      return rows;
    }
    compare("shard", texts(before.shards(), TopologyDiff::shard), texts(after.shards(), TopologyDiff::shard), rows);
    compare("group", groups(before), groups(after), rows);
    compare("table", tables(before), tables(after), rows);
    compare("unique", texts(before.unique(), Object::toString), texts(after.unique(), Object::toString), rows);
    compare("function", texts(before.functions(), rule -> rule.word()), texts(after.functions(), rule -> rule.word()), rows);
    compare("closed name", closed(before), closed(after), rows);
    if (rows.isEmpty()) { // what is told of the parts is alike, but they are not: a password, an option of a URL
      rows.add(List.of("change", "shard", "", "", "what is not shown of the shards' URLs"));
    }
    rows.add(List.of("change", "map", "version", before.version().toString(), after.version().toString()));
    return rows;
  }

  /// The same for a cluster's first map.
  static List<List<String>> first(ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    compare("shard", Map.of(), texts(map.shards(), TopologyDiff::shard), rows);
    compare("group", Map.of(), groups(map), rows);
    compare("table", Map.of(), tables(map), rows);
    compare("unique", Map.of(), texts(map.unique(), Object::toString), rows);
    compare("function", Map.of(), texts(map.functions(), rule -> rule.word()), rows);
    rows.add(List.of("add", "map", "version", "0", map.version().toString()));
    return rows;
  }

  private static void compare(String kind, Map<String, String> before, Map<String, String> after, List<List<String>> rows) {
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      String was = before.get(name);
      String becomes = after.get(name);
      if (was == null) {
        rows.add(List.of("add", kind, name, "", String.valueOf(becomes)));
      } else if (becomes == null) {
        rows.add(List.of("remove", kind, name, was, ""));
      } else if (!was.equals(becomes)) {
        rows.add(List.of("change", kind, name, was, becomes));
      }
    }
  }

  /// What an APPLY that did not come to its end has left.
  private static Map<String, String> closed(ShardMap map) {
    Map<String, String> closed = new TreeMap<>();
    map.closed().forEach(table -> closed.put(table.toString(), "no table can be made"));
    return closed;
  }

  private static <K, V> Map<String, String> texts(Map<K, V> source, Function<V, String> text) {
    Map<String, String> texts = new TreeMap<>();
    source.forEach((name, value) -> texts.put(String.valueOf(name), text.apply(value)));
    return texts;
  }

  private static String shard(Shard shard) {
    String labels = shard.labels().isEmpty() ? "" : ", labels " + new TreeMap<>(shard.labels());
    return shard.primary() + ", weight " + shard.weight() + labels;
  }

  private static Map<String, String> groups(ShardMap map) {
    Map<String, String> groups = new TreeMap<>();
    for (Group group : map.groups().values()) {
      String where = map.keySpace(group) instanceof KeyTable ? "" : ", on " + map.keySpace(group).owners();
      groups.put(group.name(), group.strategy().word() + " of " + group.keyType().word() + where);
    }
    return groups;
  }

  private static Map<String, String> tables(ShardMap map) {
    Map<String, String> tables = new TreeMap<>();
    map.groups().values().forEach(group -> group.tables().forEach((table, column) -> tables.put(table.toString(), "in group " + group.name() + " by " + column)));
    for (TableName table : map.reference()) {
      tables.put(table.toString(), "reference table");
    }
    return tables;
  }
}
