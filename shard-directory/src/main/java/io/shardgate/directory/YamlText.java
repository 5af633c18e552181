package io.shardgate.directory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// A YAML text read by hand, node by node, that collects faults with their lines.
/// Not thread-safe; owned by the reader of one text.
final class YamlText {
  /// A key with its value, both with their positions.
  record Entry(Node key, Node value) {}

  private final TopologyFaults faults;
  private final String sourceName;

  YamlText(String sourceName, TopologyFaults faults) {
    this.sourceName = sourceName;
    this.faults = faults;
  }

  /// The document's root, or empty after a fault.
  Optional<Node> compose(String text) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(sourceName).setCodePointLimit(TopologyBytes.MAX_BYTES).setAllowNonScalarKeys(true).setSchema(new CoreSchema())
            .setMaxAliasesForCollections(YamlEvents.MAX_ALIASES).build();
    try {
      if (!new YamlEvents(faults).check(text, settings)) {
        return Optional.empty();
      }
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isEmpty()) {
        faults.add(1, "the text is empty (expected: a topology)");
      }
      return root;
    } catch (MarkedYamlEngineException e) {
      notYaml(e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1), e.getProblem());
    } catch (ReaderException e) {
      notYaml(lineOf(text, e.getPosition()), String.format(Locale.ROOT, "character U+%04X", e.getCodePoint()));
    } catch (YamlEngineException e) {
      notYaml(1, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
    return Optional.empty();
  }

  private void notYaml(int line, String problem) {
    faults.add(line, "not YAML: " + problem + " (expected: YAML, indented with blanks)");
  }

  /// The line of a place that is counted in characters.
  private static int lineOf(String text, int place) {
    return 1 + (int) text.codePoints().limit(place).filter(c -> c == '\n').count();
  }

  void fault(Node at, String text) {
    faults.add(at.getStartMark().map(Mark::getLine).orElse(0) + 1, text);
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

  /// Reads one entry of a section.
  interface EntryReader {
    void read(String name, Entry entry);
  }

  /// Every entry of a section that may be missing or empty.
  void each(@Nullable Entry section, String name, EntryReader reader) {
    if (section != null && !isNull(section.value())) {
      mapping(section.value(), name, null).forEach(reader::read);
    }
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

  /// A name: a scalar that YAML reads as a text. Empty after a fault.
  Optional<String> name(Node node, String what, String expected) {
    return scalar(node, what, expected).filter(text -> isName(node, what, expected));
  }

  /// Whether YAML reads a scalar as a text, not as a number or truth value; tells it where not.
  boolean isName(Node node, String what, String expected) {
    if (node.getTag().equals(Tag.STR) || !(node instanceof ScalarNode scalar)) {
      return true;
    }
    fault(node, what + " is " + scalar.getValue() + " without quotes, which YAML takes for " + typeOf(scalar) + " (expected: " + expected + ", in quotes if it is meant)");
    return false;
  }

  private static String typeOf(ScalarNode scalar) {
    Tag tag = scalar.getTag();
    if (tag.equals(Tag.BOOL)) {
      return "a truth value";
    }
    return tag.equals(Tag.NULL) ? "nothing" : "a number";
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
