package io.shardgate.directory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
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
///   tenant:   { strategy: directory, key: text, tables: { documents: tenant }, place: least-loaded }
/// reference: [ countries ]
/// unique:    { orders: [ id ] }
/// functions: { price_of: local }
/// ```
public final class TopologyReader {
  private static final Set<String> TOP_KEYS = Set.of("home", "shards", "groups", "reference", "unique", "functions");
  private static final Set<String> GROUP_KEYS = Set.of("strategy", "key", "tables");
  private static final int MAX_GROUP_NAME_CHARS = 63;

  /// Columns that every table has already (PostgreSQL docs, "System Columns").
  private static final Set<String> SYSTEM_COLUMNS = Set.of("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax");

  private final YamlText yaml;
  private final TopologyFaults faults;
  private final ShardsReader shards;
  private final Map<String, Group> groups = new TreeMap<>();
  private final Map<String, OrderedKeys> splits = new TreeMap<>();
  private final Map<TableName, String> declaredAs = new TreeMap<>();
  private final Set<TableName> reference = new TreeSet<>();
  private final Map<TableName, List<List<String>>> unique = new TreeMap<>();
  private final Map<String, FunctionRule> functions = new TreeMap<>();

  private TopologyReader(YamlText yaml, TopologyFaults faults) {
    this.yaml = yaml;
    this.faults = faults;
    this.shards = new ShardsReader(yaml);
  }

  /// The bytes of a file, for [#read(byte[], String, Optional)]; of one that is longer than any topology only the beginning.
  public static byte[] bytes(Path file) throws IOException {
    return TopologyBytes.read(file);
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
    return read(text.getBytes(StandardCharsets.UTF_8), sourceName, devShards);
  }

  /// The same from the bytes of a text in UTF-8.
  public static Topology read(byte[] text, String sourceName, Optional<DevShards> devShards) throws TopologyException {
    TopologyFaults faults = new TopologyFaults(sourceName);
    if (text.length > TopologyBytes.MAX_BYTES) {
      faults.add(1, "the text has more than " + TopologyBytes.MAX_BYTES + " bytes (expected: at most that many)");
      throw faults.failure();
    }
    YamlText yaml = new YamlText(sourceName, faults);
    Optional<Node> root = yaml.compose(TopologyBytes.decode(text, faults));
    if (root.isEmpty()) {
      throw faults.failure();
    }
    return new TopologyReader(yaml, faults).topology(root.get(), devShards);
  }

  private Topology topology(Node root, Optional<DevShards> devShards) throws TopologyException {
    Map<String, YamlText.Entry> top = yaml.mapping(root, "a topology", TOP_KEYS);
    if (!yaml.isMapping(root)) {
      throw faults.failure();
    }
    ShardId home = devShards.isPresent() ? shards.ofDev(top, devShards.get()) : shards.read(root, top);
    yaml.each(top.get("groups"), "groups", this::group);
    references(top.get("reference"));
    yaml.each(top.get("unique"), "unique", this::unique);
    yaml.each(top.get("functions"), "functions", this::function);
    if (home == null || !faults.isEmpty()) {
      throw faults.failure();
    }
    return new Topology(home, shards.shards(), groups, splits, reference, unique, functions);
  }

  private void group(String name, YamlText.Entry entry) {
    if (name.isEmpty() || name.length() > MAX_GROUP_NAME_CHARS) {
      yaml.fault(entry.key(), "group is named '" + name + "' (expected: 1 to " + MAX_GROUP_NAME_CHARS + " characters)");
    }
    yaml.isName(entry.key(), "a group", "its name");
    Map<String, YamlText.Entry> fields = yaml.mapping(entry.value(), "group " + name, GROUP_KEYS, Set.of("splits", "place"));
    Optional<Strategy> strategy = strategy(name, entry, fields);
    Optional<KeyType> keyType = keyType(name, entry, fields.get("key"));
    Map<TableName, String> tables = new TreeMap<>();
    YamlText.Entry tablesEntry = fields.get("tables");
    if (tablesEntry == null || yaml.isEmptyMapping(tablesEntry.value())) {
      yaml.fault(tablesEntry == null ? entry.key() : tablesEntry.value(), "group " + name + " has no tables (expected: tables: { table: key column })");
    }
    yaml.each(tablesEntry, "tables of group " + name, (table, column) -> table(name, table, column, tables));
    YamlText.Entry cut = fields.get("splits");
    if (cut != null && strategy.filter(Strategy.Range.class::isInstance).isPresent() && keyType.isPresent()) {
      new SplitsReader(yaml, shards.shards()).read(name, keyType.get(), cut.value()).ifPresent(read -> splits.put(name, read));
    }
    if (!name.isEmpty() && strategy.isPresent() && keyType.isPresent()) {
      groups.put(name, new Group(name, strategy.get(), keyType.get(), tables));
    }
  }

  private Optional<Strategy> strategy(String group, YamlText.Entry groupEntry, Map<String, YamlText.Entry> fields) {
    YamlText.Entry entry = fields.get("strategy");
    if (entry == null) {
      yaml.fault(groupEntry.key(), "group " + group + " has no strategy (expected: strategy: hash, range or directory)");
      return Optional.empty();
    }
    String word = yaml.scalar(entry.value(), "strategy of group " + group, "hash, range or directory").orElse("");
    Optional<Strategy> strategy =
        switch (word) {
          case "hash" -> Optional.of(new Strategy.Hash());
          case "range" -> Optional.of(new Strategy.Range());
          case "directory" -> Optional.of(new Strategy.Directory(new PlaceReader(yaml, shards.shards()).read(group, fields.get("place"))));
          default -> Optional.empty();
        };
    if (strategy.isEmpty() && !word.isEmpty()) {
      yaml.fault(entry.value(), "strategy of group " + group + " is " + word + " (expected: hash, range or directory)");
    }
    strategy.ifPresent(known -> checkForeign(group, known, fields));
    return strategy;
  }

  private void checkForeign(String group, Strategy strategy, Map<String, YamlText.Entry> fields) {
    List<String> foreign =
        switch (strategy) {
          case Strategy.Hash _ -> List.of("splits", "place");
          case Strategy.Range _ -> List.of("place");
          case Strategy.Directory _ -> List.of("splits");
        };
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
    Optional<String> column = column(entry.value(), "key column of table " + text);
    if (column.filter(SYSTEM_COLUMNS::contains).isPresent()) {
      yaml.fault(entry.value(), "key column of table " + text + " is " + column.get() + ", a system column (expected: a column of your own)");
    }
    table.ifPresent(name -> {
      declare(entry.key(), name, "in group " + group);
      tables.put(name, column.orElse(""));
    });
  }

  private Optional<String> column(Node node, String what) {
    String expected = "the name of a column";
    Optional<String> column = yaml.name(node, what, expected);
    if (column.isEmpty()) {
      return column;
    }
    int bytes = column.get().getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0) {
      yaml.fault(node, what + " is empty (expected: " + expected + ")");
    } else if (bytes > TableName.MAX_NAME_BYTES || column.get().indexOf(0) >= 0) {
      yaml.fault(node, what + " is " + column.get() + " (expected: " + expected + ", of at most " + TableName.MAX_NAME_BYTES + " bytes)");
    }
    return column;
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
      String places = before.equals(how) ? "twice " + how : how + " and " + before;
      yaml.fault(at, "table " + name + " is declared " + places + " (expected: once)");
    }
  }

  private Optional<TableName> tableName(Node at, String text) {
    if (!yaml.isName(at, "a table", "table or schema.table")) {
      return Optional.empty();
    }
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
    List<List<Node>> nodes = new ArrayList<>();
    if (!items.isEmpty() && items.stream().allMatch(yaml::isList)) {
      items.forEach(item -> nodes.add(yaml.list(item, "unique of table " + text, expected)));
    } else {
      nodes.add(items);
    }
    if (nodes.stream().anyMatch(List::isEmpty)) {
      yaml.fault(entry.value(), "unique of table " + text + " has a list without columns (expected: " + expected + ")");
    }
    List<List<String>> lists = nodes.stream().map(list -> columns(text, list)).toList();
    sameColumns(lists).ifPresent(columns ->
        yaml.fault(entry.value(), "unique of table " + text + " has the columns " + columns + " twice (expected: once)"));
    table.ifPresent(name -> {
      if (unique.put(name, lists) != null) {
        yaml.fault(entry.key(), "unique names table " + name + " twice (expected: once, with a list of lists)");
      }
    });
  }

  private static Optional<Set<String>> sameColumns(List<List<String>> lists) {
    Set<Set<String>> seen = new HashSet<>();
    return lists.stream().<Set<String>>map(TreeSet::new).filter(columns -> !columns.isEmpty() && !seen.add(columns)).findFirst();
  }

  private List<String> columns(String table, List<Node> items) {
    List<String> columns = new ArrayList<>();
    for (Node item : items) {
      column(item, "unique of table " + table).ifPresent(column -> {
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
    String expected = "function or schema.function, without arguments";
    if (!yaml.isName(entry.key(), "a function", expected)) {
      return;
    }
    try {
      TableName name = TableName.parse(text);
      if (text.endsWith(")")) { // a name with a bracket at its end would be in quotes
        throw new IllegalArgumentException(text);
      }
      if (functions.put(ShardMap.functionKey(name.schema(), name.name()), FunctionRule.LOCAL) != null) {
        yaml.fault(entry.key(), "function " + text + " is named twice (expected: once)");
      }
    } catch (IllegalArgumentException _) {
      yaml.fault(entry.key(), "function is named " + text + " (expected: " + expected + ")");
    }
  }
}
