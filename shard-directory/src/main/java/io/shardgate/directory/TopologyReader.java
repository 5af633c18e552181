package io.shardgate.directory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads a topology from YAML. Every fault of a text comes in one [TopologyException], a line each: where, what was found, what
/// was expected.
///
/// ```yaml
/// home: s1
/// shards:
///   s1: { primary: "postgresql://127.0.0.1:55431/app", weight: 1, labels: { region: eu } }
/// groups:
///   customer: { strategy: hash, key: bigint, tables: { customers: id, orders: customer_id } }
///   event:    { strategy: range, key: timestamptz, tables: { events: at }, splits: [{ until: "2026-01-01", shard: s1 }, { shard: s2 }] }
/// reference: [ countries ]
/// unique:    { orders: [ id ] }
/// functions: { price_of: local }
/// ```
public final class TopologyReader {
  private static final Set<String> TOP_KEYS = Set.of("home", "shards", "groups", "reference", "unique", "functions");
  private static final Set<String> SHARD_KEYS = Set.of("primary", "weight", "labels");
  private static final Set<String> GROUP_KEYS = Set.of("strategy", "key", "tables");
  private static final int MAX_GROUP_NAME_CHARS = 63;

  private final YamlText yaml;
  private final Map<ShardId, Shard> shards = new TreeMap<>();
  private final Map<String, Group> groups = new TreeMap<>();
  private final Map<String, OrderedKeys> splits = new TreeMap<>();
  private final Map<TableName, String> declaredAs = new TreeMap<>();
  private final Set<TableName> reference = new TreeSet<>();
  private final Map<TableName, List<List<String>>> unique = new TreeMap<>();
  private final Map<String, FunctionRule> functions = new TreeMap<>();

  private TopologyReader(YamlText yaml) {
    this.yaml = yaml;
  }

  /// Reads a topology that names its shards. `sourceName` (a file's name) begins every line of the message.
  public static Topology read(String text, String sourceName) throws TopologyException {
    return read(text, sourceName, Optional.empty());
  }

  /// Reads a topology for the dev cluster, which brings its own shards: `home` and `shards` must be missing in the text.
  public static Topology read(String text, String sourceName, DevShards devShards) throws TopologyException {
    return read(text, sourceName, Optional.of(devShards));
  }

  /// Either of the two above.
  public static Topology read(String text, String sourceName, Optional<DevShards> devShards) throws TopologyException {
    YamlText yaml = new YamlText(sourceName);
    Optional<Node> root = yaml.compose(text);
    if (root.isEmpty()) {
      throw yaml.failure();
    }
    return new TopologyReader(yaml).topology(root.get(), devShards);
  }

  private Topology topology(Node root, Optional<DevShards> devShards) throws TopologyException {
    Map<String, YamlText.Entry> top = yaml.mapping(root, "a topology", TOP_KEYS);
    if (!yaml.isMapping(root)) {
      throw yaml.failure();
    }
    ShardId home = devShards.isPresent() ? devShards(top, devShards.get()) : ownShards(root, top);
    each(top.get("groups"), "groups", this::group);
    references(top.get("reference"));
    each(top.get("unique"), "unique", this::unique);
    each(top.get("functions"), "functions", this::function);
    if (home == null || yaml.hasFaults()) {
      throw yaml.failure();
    }
    return new Topology(home, shards, groups, splits, reference, unique, functions);
  }

  private @Nullable ShardId devShards(Map<String, YamlText.Entry> top, DevShards devShards) {
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

  private @Nullable ShardId ownShards(Node root, Map<String, YamlText.Entry> top) {
    YamlText.Entry shardsEntry = top.get("shards");
    if (shardsEntry == null) {
      yaml.fault(root, "no shards (expected: shards: { s1: { primary: \"postgresql://host:port/database\" } })");
    } else {
      each(shardsEntry, "shards", this::shard);
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

  private interface EntryReader {
    void read(String name, YamlText.Entry entry);
  }

  private void each(YamlText.@Nullable Entry section, String name, EntryReader reader) {
    if (section != null && !yaml.isNull(section.value())) {
      yaml.mapping(section.value(), name, null).forEach(reader::read);
    }
  }

  private void shard(String name, YamlText.Entry entry) {
    if (!ShardId.isValid(name)) {
      yaml.fault(entry.key(), "shard is named " + name + " (expected: 1 to 32 letters, digits, _ or -)");
      return;
    }
    Map<String, YamlText.Entry> fields = yaml.mapping(entry.value(), "shard " + name, SHARD_KEYS);
    int weight = weight(name, fields.get("weight"));
    Map<String, String> labels = new LinkedHashMap<>();
    each(fields.get("labels"), "labels of shard " + name, (label, value) ->
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
        .filter(shard -> shard.primary().host().equals(endpoint.host())
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

  private void group(String name, YamlText.Entry entry) {
    if (name.isEmpty() || name.length() > MAX_GROUP_NAME_CHARS) {
      yaml.fault(entry.key(), "group is named '" + name + "' (expected: 1 to " + MAX_GROUP_NAME_CHARS + " characters)");
    }
    Map<String, YamlText.Entry> fields = yaml.mapping(entry.value(), "group " + name, GROUP_KEYS, Set.of("splits", "place"));
    Optional<Strategy> strategy = strategy(name, entry, fields);
    Optional<KeyType> keyType = keyType(name, entry, fields.get("key"));
    Map<TableName, String> tables = new TreeMap<>();
    YamlText.Entry tablesEntry = fields.get("tables");
    if (tablesEntry == null) {
      yaml.fault(entry.key(), "group " + name + " has no tables (expected: tables: { table: key column })");
    }
    each(tablesEntry, "tables of group " + name, (table, column) -> table(name, table, column, tables));
    YamlText.Entry splitsEntry = fields.get("splits");
    if (splitsEntry != null && strategy.filter(Strategy.Range.class::isInstance).isPresent() && keyType.isPresent()) {
      new SplitsReader(yaml, shards).read(name, keyType.get(), splitsEntry.value()).ifPresent(cut -> splits.put(name, cut));
    }
    if (!name.isEmpty() && strategy.isPresent() && keyType.isPresent()) {
      groups.put(name, new Group(name, strategy.get(), keyType.get(), tables));
    }
  }

  private Optional<Strategy> strategy(String group, YamlText.Entry groupEntry, Map<String, YamlText.Entry> fields) {
    YamlText.Entry entry = fields.get("strategy");
    if (entry == null) {
      yaml.fault(groupEntry.key(), "group " + group + " has no strategy (expected: strategy: hash or range)");
      return Optional.empty();
    }
    String word = yaml.scalar(entry.value(), "strategy of group " + group, "hash or range").orElse("");
    Optional<Strategy> strategy =
        switch (word) {
          case "hash" -> Optional.of(new Strategy.Hash());
          case "range" -> Optional.of(new Strategy.Range());
          default -> Optional.empty();
        };
    if (word.equals("directory")) {
      yaml.fault(entry.value(), "strategy of group " + group + " is directory, which is not supported yet (expected: hash or range)");
    } else if (strategy.isEmpty() && !word.isEmpty()) {
      yaml.fault(entry.value(), "strategy of group " + group + " is " + word + " (expected: hash or range)");
    }
    strategy.ifPresent(known -> checkForeign(group, known, fields));
    return strategy;
  }

  private void checkForeign(String group, Strategy strategy, Map<String, YamlText.Entry> fields) {
    List<String> foreign = strategy instanceof Strategy.Range ? List.of("place") : List.of("splits", "place");
    for (String name : foreign) {
      YamlText.Entry field = fields.get(name);
      if (field != null) {
        yaml.fault(field.key(), name + " in group " + group + " (expected: none, the strategy " + strategy.word() + " has no " + name + ")");
      }
    }
  }

  private Optional<KeyType> keyType(String group, YamlText.Entry groupEntry, YamlText.@Nullable Entry entry) {
    String expected = KeyType.words();
    if (entry == null) {
      yaml.fault(groupEntry.key(), "group " + group + " has no key (expected: key: " + expected + ")");
      return Optional.empty();
    }
    Optional<String> word = yaml.scalar(entry.value(), "key of group " + group, expected);
    Optional<KeyType> type = word.flatMap(KeyType::of);
    if (word.isPresent() && type.isEmpty()) {
      yaml.fault(entry.value(), "key of group " + group + " is " + word.get() + ", which can't be a shard key"
          + KeyTypeRefusal.reason(word.get()) + " (expected: " + expected + ")");
    }
    return type;
  }

  private void table(String group, String text, YamlText.Entry entry, Map<TableName, String> tables) {
    Optional<TableName> table = tableName(entry.key(), text);
    Optional<String> column = yaml.scalar(entry.value(), "key column of table " + text, "the name of a column");
    if (column.isPresent() && column.get().isEmpty()) {
      yaml.fault(entry.value(), "key column of table " + text + " is empty (expected: the name of a column)");
    }
    table.ifPresent(name -> {
      declare(entry.key(), name, "in group " + group);
      tables.put(name, column.orElse(""));
    });
  }

  private void references(YamlText.@Nullable Entry entry) {
    if (entry == null || yaml.isNull(entry.value())) {
      return;
    }
    for (Node item : yaml.list(entry.value(), "reference", "a list of tables")) {
      yaml.scalar(item, "reference table", "the name of a table")
          .flatMap(text -> tableName(item, text))
          .ifPresent(name -> {
            declare(item, name, "as reference table");
            reference.add(name);
          });
    }
  }

  private void declare(Node at, TableName name, String how) {
    String before = declaredAs.putIfAbsent(name, how);
    if (before != null) {
      yaml.fault(at, "table " + name + " is declared " + how + " and " + before + " (expected: one place only)");
    }
  }

  private Optional<TableName> tableName(Node at, String text) {
    try {
      TableName name = TableName.parse(text);
      if (name.isSystem()) {
        yaml.fault(at, "table " + name + " is in a system schema (expected: a table of your own)");
        return Optional.empty();
      }
      return Optional.of(name);
    } catch (IllegalArgumentException e) {
      yaml.fault(at, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /// `[ id ]` or `[ a, b ]` is one list of columns; `[ [ id ], [ a, b ] ]` are several.
  private void unique(String text, YamlText.Entry entry) {
    String expected = "a list of columns";
    Optional<TableName> table = tableName(entry.key(), text);
    if (table.isPresent() && (!declaredAs.containsKey(table.get()) || reference.contains(table.get()))) {
      yaml.fault(entry.key(), "unique names table " + table.get() + " (expected: a table of a group)");
    }
    List<Node> items = yaml.list(entry.value(), "unique of table " + text, expected);
    List<List<String>> lists = new ArrayList<>();
    if (!items.isEmpty() && items.stream().allMatch(yaml::isList)) {
      items.forEach(item -> lists.add(columns(text, yaml.list(item, "unique of table " + text, expected))));
    } else {
      lists.add(columns(text, items));
    }
    if (lists.stream().anyMatch(List::isEmpty)) {
      yaml.fault(entry.value(), "unique of table " + text + " has a list without columns (expected: " + expected + ")");
    }
    table.ifPresent(name -> unique.put(name, List.copyOf(lists)));
  }

  private List<String> columns(String table, List<Node> items) {
    List<String> columns = new ArrayList<>();
    for (Node item : items) {
      yaml.scalar(item, "unique of table " + table, "the name of a column").ifPresent(column -> {
        if (columns.contains(column)) {
          yaml.fault(item, "unique of table " + table + " names column " + column + " twice (expected: once)");
        }
        columns.add(column);
      });
    }
    return List.copyOf(columns);
  }

  private void function(String text, YamlText.Entry entry) {
    String rule = yaml.scalar(entry.value(), "rule of function " + text, "local").orElse("local");
    if (!rule.equals(FunctionRule.LOCAL.word())) {
      yaml.fault(entry.value(), "rule of function " + text + " is " + rule + " (expected: local)");
    }
    try {
      TableName name = TableName.parse(text);
      functions.put(ShardMap.functionKey(name.schema(), name.name()), FunctionRule.LOCAL);
    } catch (IllegalArgumentException _) {
      yaml.fault(entry.key(), "function is named " + text + " (expected: function or schema.function, without arguments)");
    }
  }
}
