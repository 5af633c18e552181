package io.shardgate.directory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A YAML text read by hand, node by node, that collects faults with their lines.
/// Not thread-safe; owned by the reader of one text.
final class YamlText {
  /// A topology is written by people; this is far above any of theirs and bounds the parser's memory.
  static final int MAX_CHARS = 1 << 20;

  private record Fault(int line, String text) {}

  /// A key with its value, both with their positions.
  record Entry(Node key, Node value) {}

  private final String sourceName;
  private final List<Fault> faults = new ArrayList<>();

  YamlText(String sourceName) {
    this.sourceName = sourceName;
  }

  /// The document's root, or empty after a fault.
  Optional<Node> compose(String text) {
    if (text.length() > MAX_CHARS) {
      faults.add(new Fault(1, "the text has " + text.length() + " characters (expected: at most " + MAX_CHARS + ")"));
      return Optional.empty();
    }
    LoadSettings settings = LoadSettings.builder().setLabel(sourceName).setCodePointLimit(MAX_CHARS).build();
    try {
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isEmpty()) {
        faults.add(new Fault(1, "the text is empty (expected: a topology)"));
      }
      return root;
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      faults.add(new Fault(line, "not YAML: " + e.getProblem()));
      return Optional.empty();
    } catch (YamlEngineException e) {
      faults.add(new Fault(1, "not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
      return Optional.empty();
    }
  }

  void fault(Node at, String text) {
    faults.add(new Fault(at.getStartMark().map(Mark::getLine).orElse(0) + 1, text));
  }

  boolean hasFaults() {
    return !faults.isEmpty();
  }

  /// All faults in the order of their lines.
  TopologyException failure() {
    List<String> lines = faults.stream()
        .sorted((a, b) -> Integer.compare(a.line(), b.line()))
        .map(fault -> sourceName + ":" + fault.line() + ": " + fault.text())
        .distinct()
        .toList();
    return new TopologyException(lines);
  }

  /// The entries by key, in the order of the text. `known` is the closed list of keys; null takes any key.
  Map<String, Entry> mapping(Node node, String what, @Nullable Set<String> known) {
    return mapping(node, what, known, Set.of());
  }

  /// `elsewhere` are keys that are read, though not expected in general; the caller judges them.
  Map<String, Entry> mapping(Node node, String what, @Nullable Set<String> known, Set<String> elsewhere) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    if (!(node instanceof MappingNode map)) {
      fault(node, what + " is " + kind(node) + " (expected: a mapping" + keys(known) + ")");
      return entries;
    }
    for (NodeTuple tuple : map.getValue()) {
      Node key = tuple.getKeyNode();
      if (!(key instanceof ScalarNode scalar)) {
        fault(key, "a key of " + what + " is " + kind(key) + " (expected: a word)");
      } else if (known != null && !known.contains(scalar.getValue()) && !elsewhere.contains(scalar.getValue())) {
        fault(key, "unknown key " + scalar.getValue() + " in " + what + " (expected: " + String.join(", ", new TreeSet<>(known)) + ")");
      } else if (entries.putIfAbsent(scalar.getValue(), new Entry(key, tuple.getValueNode())) != null) {
        fault(key, "key " + scalar.getValue() + " is given twice in " + what + " (expected: once)");
      }
    }
    return entries;
  }

  private static String keys(@Nullable Set<String> known) {
    return known == null ? "" : " of " + String.join(", ", new TreeSet<>(known));
  }

  boolean hasKey(Node node, String name) {
    return node instanceof MappingNode map
        && map.getValue().stream().anyMatch(t -> t.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name));
  }

  boolean isEmptyMapping(Node node) {
    return isNull(node) || (node instanceof MappingNode map && map.getValue().isEmpty());
  }

  boolean isNull(Node node) {
    return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
  }

  boolean isMapping(Node node) {
    return node instanceof MappingNode;
  }

  boolean isList(Node node) {
    return node instanceof SequenceNode;
  }

  List<Node> list(Node node, String what, String expected) {
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    fault(node, what + " is " + kind(node) + " (expected: " + expected + ")");
    return List.of();
  }

  /// A word, number or quoted text, as written. Empty after a fault.
  Optional<String> scalar(Node node, String what, String expected) {
    if (node instanceof ScalarNode scalar && !isNull(node)) {
      return Optional.of(scalar.getValue());
    }
    fault(node, what + " is " + kind(node) + " (expected: " + expected + ")");
    return Optional.empty();
  }

  private String kind(Node node) {
    if (isNull(node)) {
      return "empty";
    }
    return switch (node) {
      case MappingNode _ -> "a mapping";
      case SequenceNode _ -> "a list";
      case ScalarNode scalar -> "'" + scalar.getValue() + "'";
      default -> "a " + node.getNodeType();
    };
  }
}
